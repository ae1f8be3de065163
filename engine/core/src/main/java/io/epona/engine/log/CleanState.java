package io.epona.engine.log;

/**
 * Where a log ended when it was closed in order: the part of the clean marker that belongs to one partition. It is
 * believed only where the files agree with it.
 *
 * @param logEnd           next offset to be written.
 * @param lastEpoch        leader epoch of the last batch, -1 where the log never had one.
 * @param activeBaseOffset base offset of the last segment.
 * @param activePosition   index in the last segment at which the next batch goes.
 */
public record CleanState(long logEnd, int lastEpoch, long activeBaseOffset, int activePosition)
{
}
