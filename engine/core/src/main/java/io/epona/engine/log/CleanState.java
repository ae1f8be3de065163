package io.epona.engine.log;

/**
 * Where a log ended when it was closed in order: the part of the clean marker that belongs to one partition. It is
 * believed only where the files agree with it.
 *
 * @param logEnd           next offset to be written.
 * @param lastEpoch        leader epoch of the last batch, -1 where the log never had one.
 * @param activeBaseOffset base offset of the last segment.
 * @param activePosition   index in the last segment at which the next batch goes.
 * @param hasProducers     whether the log knows idempotent producers: there is a snapshot of them then.
 */
public record CleanState(
    long logEnd, int lastEpoch, long activeBaseOffset, int activePosition, boolean hasProducers)
{
    /**
     * End of a log that knows no producers.
     *
     * @param logEnd           next offset to be written.
     * @param lastEpoch        leader epoch of the last batch, -1 where the log never had one.
     * @param activeBaseOffset base offset of the last segment.
     * @param activePosition   index in the last segment at which the next batch goes.
     */
    public CleanState(final long logEnd, final int lastEpoch, final long activeBaseOffset, final int activePosition)
    {
        this(logEnd, lastEpoch, activeBaseOffset, activePosition, false);
    }
}
