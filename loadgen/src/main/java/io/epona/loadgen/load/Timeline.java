package io.epona.loadgen.load;

/**
 * When each part of a run begins, in monotonic ns. Immutable; made by the generator's thread once everything is
 * connected, then read by all.
 * <p>
 * Whether a message belongs to the window is told without a branch. One that is first taken when the window begins was
 * compiled away during the warm-up, and the data threads would run their loops uncompiled for a tenth of a second,
 * inside the window: more than one in a hundred of the messages of a short one.
 *
 * @param t0Ns           the first message is due; warm-up begins.
 * @param measureStartNs the window begins.
 * @param measureEndNs   the window ends; nothing is sent from here on.
 * @param drainEndNs     nothing is waited for from here on.
 */
public record Timeline(long t0Ns, long measureStartNs, long measureEndNs, long drainEndNs)
{
    /**
     * @param intendedNs time at which a message was due.
     * @return 1 where it belongs to the window, else 0.
     */
    public int window(final long intendedNs)
    {
        // The sign bits of: not before the start, and before the end.
        return (int)((~(intendedNs - measureStartNs) & (intendedNs - measureEndNs)) >>> 63);
    }
}
