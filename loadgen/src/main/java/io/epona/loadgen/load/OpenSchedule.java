package io.epona.loadgen.load;

import java.util.SplittableRandom;

/**
 * The timetable of an open-loop load. Message i is due at {@code t0 + floor(i * 1e9 / rate)}, kept by an integer
 * accumulator with its remainder, so that it never drifts; Poisson arrivals shift the messages inside cycles of
 * {@link #CYCLE} by a seeded table, and every cycle begins on the even timetable; in bursts several are due with the
 * first of them. The start never moves and no slot is ever skipped.
 * <p>
 * Owned by the generator's thread.
 */
public final class OpenSchedule
{
    /** Messages after which a Poisson table begins again. */
    public static final int CYCLE = 1 << 16;

    private static final long NANOS = 1_000_000_000L;

    private final long stepNs;
    private final long stepRemainder;
    private final long divisor;
    private final long[] gaps;
    private long baseNs;
    private long accumulator;
    private int gapIndex;

    private OpenSchedule(final long numerator, final long divisor, final long t0Ns, final long[] gaps)
    {
        this.stepNs = numerator / divisor;
        this.stepRemainder = numerator % divisor;
        this.divisor = divisor;
        this.baseNs = t0Ns;
        this.gaps = gaps;
    }

    /**
     * @param rate messages per second.
     * @param t0Ns time of the first.
     * @return evenly spaced arrivals.
     */
    public static OpenSchedule even(final long rate, final long t0Ns)
    {
        return new OpenSchedule(NANOS, rate, t0Ns, null);
    }

    /**
     * @param rate messages per second on average, exact over every cycle.
     * @param t0Ns time of the first.
     * @param seed of the table.
     * @return arrivals with exponentially distributed gaps.
     */
    public static OpenSchedule poisson(final long rate, final long t0Ns, final long seed)
    {
        final SplittableRandom random = new SplittableRandom(seed);
        final double[] points = new double[CYCLE + 1];
        for (int i = 1; i <= CYCLE; i++)
        {
            points[i] = points[i - 1] - Math.log(1.0 - random.nextDouble());
        }

        final double cycleNs = (double)CYCLE * NANOS / rate;
        final long[] gaps = new long[CYCLE];
        for (int i = 0; i < CYCLE; i++)
        {
            gaps[i] = (long)(points[i] / points[CYCLE] * cycleNs);
        }

        return new OpenSchedule(CYCLE * NANOS, rate, t0Ns, gaps);
    }

    /**
     * @param rate     messages per second on average.
     * @param t0Ns     time of the first.
     * @param together messages that are due at once.
     * @return bursts, evenly spaced.
     */
    public static OpenSchedule bursts(final long rate, final long t0Ns, final int together)
    {
        return new OpenSchedule(together * NANOS, rate, t0Ns, new long[together]);
    }

    /**
     * @return time at which the next message is due.
     */
    public long nextNs()
    {
        return null == gaps ? baseNs : baseNs + gaps[gapIndex];
    }

    /**
     * The next message was sent: go on to the one after it.
     */
    public void advance()
    {
        if (null != gaps)
        {
            gapIndex++;
            if (gapIndex < gaps.length)
            {
                return;
            }
            gapIndex = 0;
        }

        baseNs += stepNs;
        accumulator += stepRemainder;
        if (accumulator >= divisor)
        {
            accumulator -= divisor;
            baseNs++;
        }
    }

    /**
     * @param rate     messages per second.
     * @param windowNs length of a window that begins with a message.
     * @return number of messages that an even timetable has in it.
     */
    public static long scheduledIn(final long rate, final long windowNs)
    {
        // The number of i with floor(i * 1e9 / rate) < windowNs, without overflow for windows of days.
        final long seconds = windowNs / NANOS;
        final long rest = windowNs % NANOS;

        return seconds * rate + Math.floorDiv(Math.multiplyExact(rest, rate) + NANOS - 1, NANOS);
    }
}
