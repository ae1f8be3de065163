package io.epona.engine.log;

/**
 * What is known of a log to be on disk: the part of the checkpoint file that belongs to one partition.
 *
 * @param recoveryPoint offset below which every batch was on disk: what is missing or damaged there is no torn write.
 * @param logStart      first offset that was kept: segments that end below it are rests of what was taken away.
 * @param hasProducers  whether the log knew idempotent producers below the recovery point.
 */
public record LogCheckpoint(long recoveryPoint, long logStart, boolean hasProducers)
{
    /** Nothing is known. */
    public static final LogCheckpoint NONE = new LogCheckpoint(0, 0, false);
}
