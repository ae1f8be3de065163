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
    private int epoch = -1;

    Commitment(final PartitionLog log)
    {
        this.log = log;
        this.highWatermark = log.highWatermark();
    }

    long highWatermark()
    {
        return highWatermark;
    }

    /** Leader epoch in which it was learnt, -1 where it was found with the log. */
    int epoch()
    {
        return epoch;
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
