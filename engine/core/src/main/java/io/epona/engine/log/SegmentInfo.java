package io.epona.engine.log;

import java.nio.file.Path;

/**
 * What the header of a segment file says.
 *
 * @param file       of the segment.
 * @param topicId    of the log.
 * @param partition  of the log.
 * @param baseOffset of the first batch.
 * @param createdNs  when the file was prepared, epoch ns.
 * @param fileLength in bytes.
 * @param isReused   whether the file was used before, so that old bytes may lie behind the last batch.
 */
public record SegmentInfo(
    Path file, long topicId, int partition, long baseOffset, long createdNs, int fileLength, boolean isReused)
{
}
