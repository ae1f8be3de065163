package io.epona.engine.log;

import io.epona.codecs.batch.Crc32c;
import io.epona.engine.Storage;
import io.epona.engine.Storage.Region;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Opens the segment files of a log that exists, and says what speaks against one: it remembers the header that it
 * looked at last. Used by the thread that opens the log.
 */
final class SegmentOpener
{
    private final LogContext context;
    private final Storage storage;
    private final Path directory;
    private final long topicId;
    private final int partition;
    private final LogConfig config;
    private final Crc32c crc;
    private long baseOffset;
    private long link;

    SegmentOpener(
        final LogContext context,
        final Path directory,
        final long topicId,
        final int partition,
        final LogConfig config,
        final Crc32c crc)
    {
        this.context = context;
        this.storage = context.storage();
        this.directory = directory;
        this.topicId = topicId;
        this.partition = partition;
        this.config = config;
        this.crc = crc;
    }

    /**
     * Look at a file with the name of a segment.
     *
     * @param file     to be looked at.
     * @param previous segment that was opened before it, or null.
     * @param logStart of the log, as far as it is known: below it segments may be missing.
     * @return null where the file is the next segment of the log, else what speaks against it.
     * @throws IOException where it cannot be read.
     */
    String fault(final Path file, final Segment previous, final long logStart) throws IOException
    {
        final String fault = headerFault(file);
        if (null != fault)
        {
            return fault;
        }
        if (!SegmentDescriptor.logFile(directory, baseOffset).equals(file))
        {
            return "name and header disagree, the header says base offset " + baseOffset;
        }
        // A segment that stands for several is named by the first of them, and this one was linked to the last.
        final boolean isLinked = null == previous || SegmentDescriptor.NO_LINK == link || link < logStart ||
            link == previous.baseOffset() ||
            link > previous.baseOffset() && SegmentDescriptor.isCompacted(previous.buffer());

        return isLinked ? null :
            "the segment before it, " + SegmentDescriptor.logFile(directory, link).getFileName() +
            ", is missing: the one that is there has base offset " + previous.baseOffset();
    }

    /**
     * Look at a file whatever its name is.
     *
     * @param file to be looked at.
     * @return null where its header is that of a segment of this log, else what speaks against it.
     * @throws IOException where it cannot be read.
     */
    String headerFault(final Path file) throws IOException
    {
        if (storage.length(file) < SegmentDescriptor.HEADER_LENGTH)
        {
            return "shorter than a segment header";
        }

        final Region region = storage.map(file, SegmentDescriptor.HEADER_LENGTH);
        try
        {
            baseOffset = SegmentDescriptor.baseOffset(region.buffer());
            link = SegmentDescriptor.previousBaseOffset(region.buffer(), crc);
            return SegmentDescriptor.fault(region.buffer(), topicId, partition, crc);
        }
        finally
        {
            crc.releaseViews();
            region.unmap();
        }
    }

    /**
     * @return base offset in the header that was looked at last.
     */
    long baseOffset()
    {
        return baseOffset;
    }

    /**
     * Open a file whose header is sound, setting its length right.
     *
     * @param file to be opened.
     * @return the segment, with an empty index.
     * @throws IOException where the file cannot be read or changed.
     */
    Segment open(final Path file) throws IOException
    {
        final Region region = storage.map(file, SegmentDescriptor.HEADER_LENGTH);
        final int length = SegmentDescriptor.fileLength(region.buffer());
        final long segmentBase = SegmentDescriptor.baseOffset(region.buffer());
        final long previousBase = SegmentDescriptor.previousBaseOffset(region.buffer(), crc);
        crc.releaseViews();
        region.unmap();

        if (storage.length(file) != length)
        {
            storage.truncate(file, length);
        }
        final Segment segment = new Segment(
            new SegmentFile(storage, file, length, config, length),
            context.clock().nowNs());
        segment.begin(segmentBase, 0, SegmentDescriptor.HEADER_LENGTH);
        segment.previousBaseOffset(previousBase);

        return segment;
    }
}
