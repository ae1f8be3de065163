package io.epona.engine.node;

import io.epona.engine.replica.ProtocolMutation;

/**
 * How the life before a start has ended, as far as its data are concerned. Decided once for each start, before the
 * first attempt to register, from what the directory and the coordination say.
 */
public enum StartKind
{
    /** It was stopped in order: the marker is of its last life, and every log ends where it says. */
    CLEAN,
    /**
     * Its process was killed, and the host goes on: what it had stored in mapped files is there, which the log ends
     * that it had published confirm. As good as a clean stop.
     */
    SAME_BOOT,
    /** What was not on disk may be lost. */
    UNCLEAN,
    /** Even what was on disk may be lost: a log is damaged, or missing. */
    LOST;

    /**
     * @return whether everything that this broker ever acknowledged is still there, so that its replicas stay eligible.
     */
    public boolean isClean()
    {
        return CLEAN == this || SAME_BOOT == this;
    }

    /**
     * @return whether everything that was on disk is still there.
     */
    public boolean isDurable()
    {
        return LOST != this;
    }

    /**
     * Decide.
     *
     * @param evidence    of the directory.
     * @param brokerEpoch of the last life that registered.
     * @param mutation    planted, or NONE.
     * @return how that life ended.
     */
    public static StartKind of(final StartEvidence evidence, final int brokerEpoch, final ProtocolMutation mutation)
    {
        if (!evidence.areLogsWhole())
        {
            return LOST;
        }

        // The epoch alone makes a marker that was left behind by an earlier start worthless, so a late deletion does
        // no harm unless the epoch is ignored as well.
        final boolean isMarkerOfLastLife = evidence.markerEpoch() == brokerEpoch ||
            ProtocolMutation.M13 == mutation && evidence.markerEpoch() >= 0;
        if (isMarkerOfLastLife && (evidence.isMarkerMatched() || ProtocolMutation.M13 == mutation))
        {
            return CLEAN;
        }

        if (evidence.lifeEpoch() != brokerEpoch || !evidence.isSameBoot())
        {
            return UNCLEAN;
        }

        // Without a boot between, what was published is there, in memory at least. Where it is not, it was damaged or
        // was never written, and so may be what counted as flushed.
        return evidence.isPublishedThere() ? SAME_BOOT : LOST;
    }
}
