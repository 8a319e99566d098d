// SPDX-License-Identifier: BSD-2-Clause
// Waits for conditions. The time limit is a safety net, never a measurement.

/** The default time limit of each wait in a test, milliseconds. A longer wait fails the test. */
export const BOUND = 300_000;

/** Waits until a condition returns a true value. Returns the value. */
export async function until<T>(
	what: string,
	condition: () => T | Promise<T>,
	bound: number = BOUND,
): Promise<NonNullable<T>> {
	const end = performance.now() + bound;
	for (;;) {
		const value = await condition();
		if (value) return value;
		if (performance.now() > end) throw new Error(`${what}: not within ${bound} ms`);
		await Bun.sleep(3);
	}
}

/** Waits for a promise, up to the time limit. */
export async function within<T>(
	what: string,
	promise: Promise<T>,
	bound: number = BOUND,
): Promise<T> {
	let timer: Timer | undefined;
	const late = new Promise<never>((_, reject) => {
		timer = setTimeout(() => reject(new Error(`${what}: not within ${bound} ms`)), bound);
	});
	try {
		return await Promise.race([promise, late]);
	} finally {
		clearTimeout(timer);
	}
}
