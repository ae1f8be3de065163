package io.epona.engine.replica;

import io.epona.engine.log.PartitionLog;

/**
 * How far the log of a replica is known to be committed, and since which epoch that is known. Never falls, but where
 * the log is cut. Owned by the shard's thread.
 */
final class Commitment
{
    private final PartitionLog log;
    private long highWatermark;
    /** Leader epoch in which it was learnt, -1 where it was found with the log. */
    private int epoch = -1;
    private int matchedEpoch = -1;

    Commitment(final PartitionLog log)
    {
        this.log = log;
        this.highWatermark = log.highWatermark();
    }

    long highWatermark()
    {
        return highWatermark;
    }

    /** Whether it was learnt before an unclean election, and so may be above what is committed now. */
    boolean isBefore(final int uncleanEpoch)
    {
        return epoch < uncleanEpoch;
    }

    /** The log matches that of the leader of an epoch, or leads in it. */
    void onMatched(final int leaderEpoch)
    {
        matchedEpoch = leaderEpoch;
    }

    /** Whether the log was compared with that of no leader since an unclean election, in this life. */
    boolean isUnmatchedSince(final int uncleanEpoch)
    {
        return matchedEpoch < uncleanEpoch;
    }

    void raise(final long offset, final int leaderEpoch)
    {
        highWatermark = offset;
        epoch = leaderEpoch;
        log.replicated().highWatermark(offset);
    }

    /** The log ends at an offset now: where it begins anew that is also where it begins. */
    void onCut(final long logEnd)
    {
        highWatermark = Math.max(log.logStart(), Math.min(highWatermark, logEnd));
        log.replicated().highWatermark(highWatermark);
    }
}
