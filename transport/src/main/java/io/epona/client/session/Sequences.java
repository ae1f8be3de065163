package io.epona.client.session;

/**
 * Arithmetic of sequences: 31 bits wide, 0 follows the greatest.
 */
final class Sequences
{
    private static final int MASK = Integer.MAX_VALUE;

    private Sequences()
    {
    }

    static int plus(final int sequence, final int count)
    {
        return sequence + count & MASK;
    }

    /** @return steps from one sequence forward to another. */
    static int distance(final int from, final int to)
    {
        return to - from & MASK;
    }

    /** @return whether a sequence lies before another one, the shorter way round. */
    static boolean isBefore(final int sequence, final int other)
    {
        final int distance = distance(sequence, other);
        return distance > 0 && distance <= MASK >> 1;
    }
}
