package io.epona.engine.log;

import io.epona.codecs.batch.BatchValidator;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.engine.Storage;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The index files of one log. Blocks: the housekeeper only.
 */
final class IndexFiles
{
    private final Storage storage;
    private final Path directory;
    private final LogState state;
    private String fault;

    IndexFiles(final Storage storage, final Path directory, final LogState state)
    {
        this.storage = storage;
        this.directory = directory;
        this.state = state;
    }

    /**
     * Find out which segments have both files, and delete the files of all others: of segments that are gone, and of
     * one that grows.
     *
     * @param segments of the log; the last one grows.
     * @throws IOException where a file cannot be deleted.
     */
    void takeStock(final Segment[] segments) throws IOException
    {
        final Set<Path> found = new HashSet<>();
        for (final Path file : storage.list(directory))
        {
            if (IndexFileDescriptor.isIndexFile(file))
            {
                found.add(file);
            }
        }
        for (int i = 0; i < segments.length - 1; i++)
        {
            final Path offsets = IndexFileDescriptor.offsetsFile(directory, segments[i].baseOffset());
            final Path times = IndexFileDescriptor.timesFile(directory, segments[i].baseOffset());
            if (found.contains(offsets) && found.contains(times))
            {
                segments[i].isIndexStored(true);
                found.remove(offsets);
                found.remove(times);
            }
        }
        for (final Path file : found)
        {
            storage.delete(file);
        }
    }

    /**
     * The files for the index of a sealed segment.
     *
     * @param segment that is on disk to its end.
     * @param index   of it.
     * @return what is to be written, or null where the segment is damaged and cannot have an index.
     */
    List<DurableWrite.Content> encode(final Segment segment, final SegmentIndex index)
    {
        final IndexFileDescriptor.Subject subject = subject(segment, index);
        if (null == subject)
        {
            return null;
        }

        return List.of(
            new DurableWrite.Content(
                IndexFileDescriptor.offsetsFile(directory, segment.baseOffset()),
                IndexFileDescriptor.encode(index, subject, false)),
            new DurableWrite.Content(
                IndexFileDescriptor.timesFile(directory, segment.baseOffset()),
                IndexFileDescriptor.encode(index, subject, true)));
    }

    /** Walk what lies behind the last entry: where the segment ends, and when it was appended to last. */
    private IndexFileDescriptor.Subject subject(final Segment segment, final SegmentIndex index)
    {
        final UnsafeBuffer buffer = segment.buffer();
        final long endOffset = segment.next().baseOffset();
        final int last = index.count() - 1;
        int batchIndex = last < 0 ? SegmentDescriptor.HEADER_LENGTH : index.batchIndex(last);
        long offset = segment.baseOffset() + (last < 0 ? 0 : index.offsetDelta(last));
        long timestampNs = 0;
        while (offset < endOffset)
        {
            final int length = BatchValidator.plausibleLength(buffer, batchIndex, segment.capacity() - batchIndex);
            if (length < 0 || RecordBatchDescriptor.baseOffset(buffer, batchIndex) != offset)
            {
                return null;
            }
            timestampNs = RecordBatchDescriptor.appendTimestamp(buffer, batchIndex);
            offset = RecordBatchDescriptor.nextOffset(buffer, batchIndex);
            batchIndex += length;
        }

        return new IndexFileDescriptor.Subject(
            state.topicId, state.partition, segment.baseOffset(), endOffset, timestampNs, batchIndex);
    }

    /**
     * Read the index of a sealed segment.
     *
     * @return the index, or null where the files are not such as were written for this segment: see {@link #fault()}.
     */
    SegmentIndex load(final Segment segment)
    {
        final byte[] offsets;
        final byte[] times;
        try
        {
            offsets = storage.read(IndexFileDescriptor.offsetsFile(directory, segment.baseOffset()));
            times = storage.read(IndexFileDescriptor.timesFile(directory, segment.baseOffset()));
        }
        catch (final IOException ex)
        {
            fault = ex.toString();
            return null;
        }

        fault = IndexFileDescriptor.fault(offsets, false);
        if (null == fault)
        {
            fault = IndexFileDescriptor.fault(times, true);
        }
        if (null != fault)
        {
            return null;
        }

        final IndexFileDescriptor.Subject subject = IndexFileDescriptor.subject(offsets);
        if (!subject.equals(IndexFileDescriptor.subject(times)) || state.topicId != subject.topicId() ||
            state.partition != subject.partition() || segment.baseOffset() != subject.baseOffset() ||
            segment.next().baseOffset() != subject.endOffset() || subject.endIndex() > segment.endIndex())
        {
            fault = "it is of another segment";
            return null;
        }

        // It may have been written with a smaller interval than is set now.
        final SegmentIndex index = new SegmentIndex(segment.capacity(), LogConfig.INDEX_INTERVAL_BYTES_MIN);
        fault = IndexFileDescriptor.decode(offsets, times, index, subject);

        return null == fault ? index : null;
    }

    /**
     * @return what was wrong with the files that {@link #load} could not use.
     */
    String fault()
    {
        return fault;
    }

    /**
     * Delete the index of a segment that leaves the log, or is about to be written again.
     *
     * @throws IOException where a file cannot be deleted.
     */
    void delete(final Segment segment) throws IOException
    {
        if (segment.isIndexStored())
        {
            storage.delete(IndexFileDescriptor.offsetsFile(directory, segment.baseOffset()));
            storage.delete(IndexFileDescriptor.timesFile(directory, segment.baseOffset()));
            segment.isIndexStored(false);
        }
    }

    Path offsetsFile(final Segment segment)
    {
        return IndexFileDescriptor.offsetsFile(directory, segment.baseOffset());
    }
}
