package io.epona.engine.log;

import io.epona.codecs.batch.Crc32c;
import io.epona.engine.Storage;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Makes the segment that a log begins with. By the thread that opens a log, or the housekeeper.
 */
final class SegmentMaker
{
    private SegmentMaker()
    {
    }

    /**
     * Make a segment durably. It counts when it has its name, which is the last step.
     *
     * @param context    of the log.
     * @param directory  of the log.
     * @param config     of the log.
     * @param topicId    of the log.
     * @param partition  of the log.
     * @param baseOffset at which the log begins.
     * @param crc        of the calling thread.
     * @return the segment, empty.
     * @throws IOException where the file cannot be made.
     */
    static Segment first(
        final LogContext context,
        final Path directory,
        final LogConfig config,
        final long topicId,
        final int partition,
        final long baseOffset,
        final Crc32c crc) throws IOException
    {
        final Storage storage = context.storage();
        final Path file = SegmentDescriptor.nextFile(directory, 0);
        storage.delete(file);
        final SegmentFile segmentFile =
            SegmentFile.create(storage, file, LogConfig.SEGMENT_BYTES_MIN, config);
        segmentFile.prepare(0, LogConfig.SEGMENT_BYTES_MIN);
        final Segment segment = new Segment(segmentFile, context.clock().nowNs());
        SegmentDescriptor.encode(
            segment.buffer(), topicId, partition, baseOffset, segment.createdNs(), segment.capacity(), 0, crc);
        segmentFile.region().force(0, SegmentDescriptor.HEADER_LENGTH);
        segmentFile.rename(SegmentDescriptor.logFile(directory, baseOffset));
        storage.syncDirectory(directory);
        segment.begin(baseOffset, 0, SegmentDescriptor.HEADER_LENGTH);
        segment.markNamed();

        return segment;
    }
}
