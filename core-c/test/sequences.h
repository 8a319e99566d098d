/* SPDX-License-Identifier: BSD-2-Clause */
/* Escape sequences for the tests of output to a terminal (test_screen.c). */
#ifndef PF_TEST_SEQUENCES_H
#define PF_TEST_SEQUENCES_H

/* Sequences that a terminal answers, or that change more than the screen. */
static const char *const questions[] = {
	"\005",
	"\007",
	"\033Z",
	"\232",
	"\033[c",
	"\033[0c",
	"\033[>c",
	"\033[=c",
	"\2330c",
	"\302\233c",
	"\033[5n",
	"\033[6n",
	"\033[?6n",
	"\033[?996n",
	"\033[?15n",
	"\033[4$p",
	"\033[?2026$p",
	"\033[?u",
	"\033[>q",
	"\033[>0q",
	"\033[?4m",
	"\033[?4g",
	"\033[x",
	"\033[1x",
	"\033[11t",
	"\033[14t",
	"\033[18t",
	"\033[21t",
	"\033[5t",
	"\033[8;50;100t",
	"\033[i",
	"\033[5i",
	"\033['|",
	"\033[1;1;1;1;5;5*y",
	"\033[1$w",
	"\033[1,u", /* DECRQKT, DECRQKD: report the definition of a key */
	"\033[1;1,w",
	"\033[> q",   /* kitty: query the cursors */
	"\033[12;2]", /* Linux: show another console */
	"\033[&u",
	"\033[?2;1;0S",
	"\033[#R",
	"\033P$qm\033\\",
	"\033P+q544e\033\\",
	"\033P$q q\234",
	"\033P@kitty-cmd{}\033\\",
	"\033Ptmux;\033\033[6n\033\\",
	"\033P0;1|17/726d0d\033\\", /* DECUDK: set the text of F6 */
	"\220|17/726d0d\234",
	"\033P0;1!z1b5b366e\033\\", /* DECDMAC: define a macro */
	"\033P1v726d0d\033\\",      /* DECLANS: set the answer to ENQ */
	"\033Pr726d0d\033\\",       /* DECLBAN: set the text at power-up */
	"\033P\"x1;1;726d0d\033\\", /* DECPFK and DECPAK: program keys */
	"\033P\"~1;1\033\\",
	"\033P0$wA1/41\033\\", /* DECLKD: define keys of the locator */
	"\033P1$ptext\033\\",  /* DECRSTS: restore any state */
	"\033PpR(P)\033\\",    /* ReGIS: report */
	"\033P?;unknown\033\\",
	"\033P1000p\033\\",
	"\033]4;1;?\033\\",
	"\033]10;?\007",
	"\033]11;?\033\\",
	"\033]12;?\302\234",
	"\033]4;1;red;2;?\007",
	"\033]21;foreground=?\033\\",
	"\033]22;?__current__\033\\",
	"\033]50;?\007",
	"\033]52;c;?\033\\",
	"\033]52;c;aGVsbG8=\007",
	"\033]0000052;c;aGVsbG8=\007",
	"\033]00000010;?\007",
	"\033]5113;ac=send\033\\",
	"\033]60\033\\",
	"\033]9;hello\007",
	"\033]777;notify;a;b\007",
	"\033]99;i=1:p=?;\033\\",
	"\033]1337;ReportCellSize\007",
	"\033]1337;RequestAttention=yes\007",
	"\033]1337;File=inline=0:AAAA\007", /* iTerm2: download a file */
	"\033]1337;MultipartFile=inline=0\007",
	"\033]1337;FilePart=AAAA\007",
	"\033%@", /* change the encoding */
	"\033%G",
	"\033[?2l",
	"\033]702;?\033\\",
	"\033]3;WM_CLASS=a\033\\",           /* set a property of the window */
	"\033]46;/tmp/log\033\\",            /* xterm: write a log file */
	"\033]51;[\"call\",\"Tapi_a\"]\007", /* call a function of vim or Emacs */
	"\033]51;Efind-file a\033\\",
	"\033]5379;a\033\\", /* mlterm: change settings */
	"\033]5380;b\033\\",
	"\033]9001;CmdNotFound;a\033\\",
	"\033]2147483648;a\033\\",
	"\033_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\033\\",
	"\033^private\033\\",
	"\033Xtext\033\\",
	/* sequences with no effect, or with no known effect */
	"\033[6\030",
	"\033[1?6n",
	"\033[6\303\251n",
};

/* Text and sequences that a terminal only shows. */
static const char *const shown[] = {
	"text \303\251 \342\202\254 \360\237\220\232\r\n\t\b",
	"\302\240",
	"\351t\351",
	"\033[2J\033[H\033[10;20Hx\033[K\033[31;1mred\033[m",
	"\0337\0338\033M\033D",
	"\033(0lqk\033(B",
	"\016lqk\017",
	"\033[1;24r",
	"\033[?7h\033[?25l\033[4h",
	"\033[?1049h",
	"\033[?1048h",
	"\033[2 q",
	"\033[>1u\033[<u",
	"\033[>4;2m",
	"\033[>4n",
	"\033[!p",
	"\033c",
	"\033]0;title?\007",
	"\033]2;what?\033\\",
	"\033]8;;http://a/?b\033\\",
	"\033]8;;\033\\",
	"\033]4;1;red\007",
	"\033]11;rgb:0/0/0\033\\",
	"\033]104\007",
	"\033]7;file:///a?b\033\\",
	"\033]133;A\007",
	"\033]9;4;1;50\007",
	"\033Pq#0;2;0;0;0#0~~@@\033\\",
	"\033P1$tx\033\\",
	"\033P1;1;1{ @????\033\\",
	"\033P0!u%5\033\\",
	"\033P=1s\033\\",
	"\033]l title\033\\",
	"\033]66;s=2;big?\033\\",
	"\033]22;pointer\033\\",
	"\033]50;fixed\033\\",
	"\033]110\007",
	"\033[1$x",
	"\033[4*x",
	"\033[>1p",
	"\033[?1;2c",
};

#endif
