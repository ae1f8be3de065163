package io.epona.loadgen.load;

/**
 * When each part of a run begins, in monotonic ns. Immutable; made by the generator's thread once everything is
 * connected, then read by all.
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
     * @return whether it belongs to the window.
     */
    public boolean isMeasured(final long intendedNs)
    {
        return intendedNs - measureStartNs >= 0 && intendedNs - measureEndNs < 0;
    }
}
