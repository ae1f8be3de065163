package io.epona.engine;

/**
 * What a partition's log counts, live. Each value is written by one thread and may be read by any; values read one
 * after the other are not of one moment.
 */
public interface PartitionCounters
{
    /**
     * @return first offset kept.
     */
    long logStart();

    /**
     * @return first offset that is not committed.
     */
    long highWatermark();

    /**
     * @return next offset to be written.
     */
    long logEnd();

    /**
     * @return how often an append was refused because the housekeeper had not prepared memory in time.
     */
    long runwayMisses();

    /**
     * @return bytes appended since the log was opened.
     */
    long appendedBytes();

    /**
     * @return segments begun since the log was opened.
     */
    long rolls();

    /**
     * @return segments whose file and touched memory retention has given back for reuse since the log was opened.
     */
    long recycledSegments();

    /**
     * @return segments that retention has removed since the log was opened, recycled ones included.
     */
    long retiredSegments();

    /**
     * @return segments that compaction has written and put in the place of others since the log was opened.
     */
    long compactedSegments();

    /**
     * @return times that an operation on storage failed since the log was opened.
     */
    long storageErrors();

    /**
     * @return indexes that were found to be damaged or wrong, and made anew from the log, since the log was opened.
     */
    long indexRebuilds();

    /**
     * @return bytes of batches and segment headers that the log holds, the runway and pooled files not counted.
     */
    long sizeBytes();

    /**
     * @return 0 while appends are taken, else the code with which they are refused.
     */
    int refusal();
}
