package io.epona.engine.log;

import io.epona.codecs.batch.BatchValidator;
import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.engine.Storage;
import io.epona.engine.Storage.Region;
import io.epona.engine.log.LeaderEpochs.History;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds out where a log ends. It trusts only the length, the two checksums, the offset and the epoch of each batch:
 * the log is the longest run of whole batches from the first segment on, and what lies behind is cut and reported.
 * A file that is not a segment of this log, or whose header is damaged, is refused: nothing is changed then.
 * <p>
 * Used once, by the thread that opens the log.
 */
final class LogRecovery
{
    private static final int ZERO_WINDOW_LENGTH = 64 * 1024;

    private final LogContext context;
    private final Storage storage;
    private final Path directory;
    private final long topicId;
    private final int partition;
    private final LogConfig config;
    private final Crc32c crc = new Crc32c();
    private final List<Segment> segments = new ArrayList<>();
    private final LogStateFiles files;
    private final ProducerStates producers = new ProducerStates();
    private History epochs = History.EMPTY;
    private History writtenEpochs;

    private long offset;
    private int index;
    private int epoch = -1;
    private long appendTimestampNs;
    private String stopReason = "";
    private boolean isScanned = true;
    private long checkedBaseOffset;

    LogRecovery(
        final LogContext context,
        final Path directory,
        final long topicId,
        final int partition,
        final LogConfig config)
    {
        this.context = context;
        this.storage = context.storage();
        this.directory = directory;
        this.topicId = topicId;
        this.partition = partition;
        this.config = config;
        this.files = new LogStateFiles(context, directory, topicId, partition);
    }

    /**
     * @return the segments, from the first to the one that grows.
     */
    List<Segment> segments()
    {
        return segments;
    }

    /**
     * @return where the log goes on.
     */
    LogEnd end()
    {
        return new LogEnd(offset, index, epoch, appendTimestampNs);
    }

    /**
     * @return epochs of the log.
     */
    History epochs()
    {
        return epochs;
    }

    /**
     * @return the same object as the epochs where their file holds them, else null.
     */
    History writtenEpochs()
    {
        return writtenEpochs;
    }

    /**
     * @return producers as they are at the end of the log.
     */
    ProducerStates producers()
    {
        return producers;
    }

    LogStateFiles files()
    {
        return files;
    }

    /**
     * @return whether the log was scanned: the ends of sealed segments are known then.
     */
    boolean isScanned()
    {
        return isScanned;
    }

    /**
     * Make the first segment of a log.
     */
    void create(final long baseOffset) throws IOException
    {
        final Segment segment = SegmentMaker.first(
            context, directory, config, topicId, partition, baseOffset, crc);
        segments.add(segment);
        offset = baseOffset;
        index = SegmentDescriptor.HEADER_LENGTH;
    }

    /**
     * Find the end of a log that exists.
     *
     * @param cleanState how it was closed, or null.
     */
    void recover(final CleanState cleanState) throws IOException
    {
        CompactionFiles.recover(storage, directory, topicId, partition);
        final List<Path> named = new ArrayList<>();
        final List<Path> waiting = new ArrayList<>();
        for (final Path file : storage.list(directory))
        {
            if (SegmentDescriptor.isLogFile(file))
            {
                refuseFaulty(file);
                named.add(file);
            }
            else if (SegmentDescriptor.isNextFile(file))
            {
                waiting.add(file);
            }
        }

        final List<Segment> found = new ArrayList<>();
        for (final Path file : named)
        {
            final Segment segment = openFile(file);
            segment.markNamed();
            found.add(segment);
        }

        if (found.isEmpty())
        {
            if (null != cleanState && cleanState.logEnd() > 0)
            {
                throw new IOException(directory + ": the segments are gone; the log ended at offset " +
                    cleanState.logEnd() + " when it was closed. Restore them, or delete the topic");
            }
            // The creation of this log was interrupted.
            deleteAll(waiting);
            create(0);
            return;
        }

        if (null != cleanState && openClean(found, cleanState))
        {
            active().file().forgetAllocation(index);
            deleteAll(waiting);
            recallState(cleanState);
            return;
        }

        if (scanAll(found))
        {
            adopt(waiting);
        }
        deleteAll(waiting);
        cutTail();
        active().endIndex(Segment.OPEN_END);
        files.deleteReplacements();
        files.truncateSnapshots(offset);
        compareEpochs(files.readEpochs());
    }

    /**
     * Take epochs and producers from their files, and what they lack from the log.
     */
    private void recallState(final CleanState cleanState) throws IOException
    {
        final long logStart = segments.get(0).baseOffset();
        final LogReplay replay = new LogReplay(crc);
        final History walked = epochs;
        final History known = files.readEpochs();
        final boolean isBelieved = null == known ? offset == logStart :
            known.lastEpoch() == epoch && walked.equals(known.trimmed(active().baseOffset()).truncated(offset));
        if (isBelieved)
        {
            epochs = null == known ? History.EMPTY : known;
            writtenEpochs = epochs;
        }
        else
        {
            replay.replay(segments, logStart, offset, new ProducerStates());
            epochs = replay.epochs();
            compareEpochs(known);
            if (null == known)
            {
                files.report(
                    directory.resolve(LeaderEpochs.FILE_NAME), "it is missing or damaged",
                    "it is written anew from the log", null);
            }
        }

        producers.clear();
        if (cleanState.hasProducers())
        {
            final long snapshotOffset = files.readSnapshot(offset, producers);
            if (snapshotOffset < offset)
            {
                files.report(
                    directory, "there is no whole snapshot of the producers at offset " + offset,
                    "they are read from the log", null);
                replay.replay(segments, Math.max(logStart, snapshotOffset), offset, producers);
            }
        }
    }

    /**
     * The log decides. A file that lacks what was appended last is written anew; one that contradicts is reported too.
     */
    private void compareEpochs(final History known)
    {
        writtenEpochs = epochs.equals(null == known ? History.EMPTY : known) ? epochs : null;
        if (null != known && !epochs.startsWith(known.trimmed(segments.get(0).baseOffset()).truncated(offset)))
        {
            files.report(
                directory.resolve(LeaderEpochs.FILE_NAME), "the log has epochs " + epochs + ", the file " + known,
                "it is written anew", null);
        }
    }

    private Segment active()
    {
        return segments.get(segments.size() - 1);
    }

    private void deleteAll(final List<Path> files) throws IOException
    {
        for (final Path file : files)
        {
            storage.delete(file);
        }
        if (!files.isEmpty())
        {
            storage.syncDirectory(directory);
        }
    }

    private void refuseFaulty(final Path file) throws IOException
    {
        String fault = headerFault(file);
        if (null == fault && !SegmentDescriptor.logFile(directory, checkedBaseOffset).equals(file))
        {
            fault = "name and header disagree, the header says base offset " + checkedBaseOffset;
        }
        if (null != fault)
        {
            throw new IOException(file + ": " + fault);
        }
    }

    private String headerFault(final Path file) throws IOException
    {
        if (storage.length(file) < SegmentDescriptor.HEADER_LENGTH)
        {
            return "shorter than a segment header";
        }

        final Region region = storage.map(file, SegmentDescriptor.HEADER_LENGTH);
        try
        {
            checkedBaseOffset = SegmentDescriptor.baseOffset(region.buffer());
            return SegmentDescriptor.fault(region.buffer(), topicId, partition, crc);
        }
        finally
        {
            crc.releaseViews();
            region.unmap();
        }
    }

    private Segment openFile(final Path file) throws IOException
    {
        final Region region = storage.map(file, SegmentDescriptor.HEADER_LENGTH);
        final int length = SegmentDescriptor.fileLength(region.buffer());
        final long baseOffset = SegmentDescriptor.baseOffset(region.buffer());
        region.unmap();

        if (storage.length(file) != length)
        {
            storage.truncate(file, length);
        }
        final Segment segment = new Segment(
            new SegmentFile(storage, file, length, config.indexIntervalBytes(), length),
            context.clock().nowNs());
        segment.begin(baseOffset, 0, SegmentDescriptor.HEADER_LENGTH);

        return segment;
    }

    /** Believe the clean state where the last segment ends as it says. */
    private boolean openClean(final List<Segment> found, final CleanState cleanState)
    {
        final Segment active = found.get(found.size() - 1);
        if (active.baseOffset() != cleanState.activeBaseOffset() ||
            cleanState.activePosition() < SegmentDescriptor.HEADER_LENGTH ||
            cleanState.activePosition() > active.capacity())
        {
            return false;
        }

        resetAt(active);
        while (index < cleanState.activePosition())
        {
            final int length = BatchValidator.plausibleLength(
                active.buffer(), index, cleanState.activePosition() - index);
            if (length < 0 || RecordBatchDescriptor.baseOffset(active.buffer(), index) != offset)
            {
                return false;
            }
            pass(active, length);
        }
        if (offset != cleanState.logEnd() || epoch >= 0 && epoch != cleanState.lastEpoch() ||
            null == batchFault(active))
        {
            return false;
        }

        epoch = cleanState.lastEpoch();
        isScanned = false;
        for (final Segment segment : found)
        {
            if (active != segment)
            {
                segment.endIndex(segment.capacity());
                // The last batch did not fit: up to its length may never have been allocated.
                segment.file().forgetAllocation(segment.capacity() - config.maxMessageBytes());
            }
            link(segment);
        }

        return true;
    }

    private void resetAt(final Segment segment)
    {
        segment.clearIndex();
        offset = segment.baseOffset();
        index = SegmentDescriptor.HEADER_LENGTH;
    }

    private void link(final Segment segment)
    {
        if (!segments.isEmpty())
        {
            final Segment sealed = segments.get(segments.size() - 1);
            sealed.next(segment);
            // Only the segment that grows needs its index at once.
            sealed.index(null);
        }
        segments.add(segment);
    }

    /** Scan the named segments. False where the log ends before the last of them: the others are gone then. */
    private boolean scanAll(final List<Segment> found) throws IOException
    {
        epoch = -1;
        epochs = History.EMPTY;
        producers.clear();
        appendTimestampNs = 0;
        offset = found.get(0).baseOffset();
        for (int i = 0; i < found.size(); i++)
        {
            final Segment segment = found.get(i);
            if (segment.baseOffset() != offset)
            {
                dropFrom(found, i);
                return false;
            }
            scan(segment);
        }

        return true;
    }

    private void dropFrom(final List<Segment> found, final int first) throws IOException
    {
        final String reason = "the segment before it ends at offset " + offset + ": " + stopReason;
        // From the last on, so that an interruption leaves a log without a hole.
        for (int i = found.size() - 1; i >= first; i--)
        {
            final SegmentFile file = found.get(i).file();
            file.region().unmap();
            storage.delete(file.path());
            storage.syncDirectory(directory);
            context.recoveryListener().onCut(file.path(), offset, 0, file.length(), reason);
        }
    }

    private void scan(final Segment segment)
    {
        resetAt(segment);
        String fault = batchFault(segment);
        while (null == fault)
        {
            pass(segment, RecordBatchDescriptor.length(segment.buffer(), index));
            fault = batchFault(segment);
        }
        stopReason = fault;
        segment.endIndex(index);
        segment.file().forgetAllocation(index);
        link(segment);
    }

    private void pass(final Segment segment, final int length)
    {
        final UnsafeBuffer buffer = segment.buffer();
        final int batchEpoch = RecordBatchDescriptor.leaderEpoch(buffer, index);
        if (batchEpoch > epochs.lastEpoch())
        {
            epochs = epochs.with(batchEpoch, offset);
        }
        producers.onBatch(buffer, index);
        epoch = batchEpoch;
        appendTimestampNs = Math.max(appendTimestampNs, RecordBatchDescriptor.appendTimestamp(buffer, index));
        segment.index().pass(offset - segment.baseOffset(), index, appendTimestampNs);
        offset = RecordBatchDescriptor.nextOffset(buffer, index);
        index += length;
    }

    /**
     * @return null where the next batch of the log lies at the index, else what speaks against it.
     */
    private String batchFault(final Segment segment)
    {
        final UnsafeBuffer buffer = segment.buffer();
        final int length = BatchValidator.plausibleLength(buffer, index, segment.capacity() - index);
        if (length < 0)
        {
            return "no batch of a plausible length";
        }
        if (!BatchValidator.isHeaderValid(buffer, index, crc))
        {
            return "the checksum of the batch header does not match";
        }
        final long baseOffset = RecordBatchDescriptor.baseOffset(buffer, index);
        if (baseOffset != offset)
        {
            return "a batch with offset " + baseOffset;
        }
        final int batchEpoch = RecordBatchDescriptor.leaderEpoch(buffer, index);
        if (batchEpoch < epoch)
        {
            return "a batch of epoch " + batchEpoch + " behind one of epoch " + epoch;
        }
        return BatchValidator.validateBody(buffer, index, length, crc) < 0 ?
            "the batch body is damaged" : null;
    }

    /**
     * Take files that the owner had moved into and that had not got their name yet: those that continue the log.
     */
    private void adopt(final List<Path> waiting) throws IOException
    {
        boolean isAdopted = true;
        while (isAdopted)
        {
            isAdopted = false;
            for (int i = 0; i < waiting.size() && !isAdopted; i++)
            {
                isAdopted = adopt(waiting.get(i));
                if (isAdopted)
                {
                    waiting.remove(i);
                }
            }
        }
    }

    private boolean adopt(final Path file) throws IOException
    {
        if (null != headerFault(file))
        {
            return false;
        }
        final Segment segment = openFile(file);
        if (segment.baseOffset() != offset)
        {
            segment.file().region().unmap();
            return false;
        }

        final Segment last = segments.get(segments.size() - 1);
        if (last.baseOffset() == offset)
        {
            // It was left without a batch, because none fitted; its name goes to the new one.
            segments.remove(segments.size() - 1);
            last.file().region().unmap();
            if (!segments.isEmpty())
            {
                segments.get(segments.size() - 1).next(null);
            }
        }
        segment.file().region().force(0, SegmentDescriptor.HEADER_LENGTH);
        segment.file().rename(SegmentDescriptor.logFile(directory, offset));
        storage.syncDirectory(directory);
        segment.markNamed();
        scan(segment);

        return true;
    }

    private void cutTail() throws IOException
    {
        final Segment last = segments.get(segments.size() - 1);
        final long length = tornLength(last);
        if (length > 0)
        {
            final Path file = last.file().path();
            storage.truncate(file, index);
            storage.truncate(file, last.capacity());
            storage.force(file);
            context.recoveryListener().onCut(file, offset, index, length, stopReason);
        }
    }

    /**
     * Bytes behind the log end that were written for this log. In a file that was used before, old bytes are no sign
     * of it: there it takes a batch that carries an offset of this segment, or a whole body behind a bad header.
     */
    private long tornLength(final Segment segment)
    {
        final UnsafeBuffer buffer = segment.buffer();
        final int capacity = segment.capacity();
        final int plausible = Math.max(0, BatchValidator.plausibleLength(buffer, index, capacity - index));
        if (SegmentDescriptor.isReused(buffer))
        {
            return isTornReused(segment, plausible) ? Math.max(plausible, RecordBatchDescriptor.ALIGNMENT) : 0;
        }

        int lastUsed = index;
        for (int window = index; window < capacity; window += ZERO_WINDOW_LENGTH)
        {
            final int end = Math.min(capacity, window + ZERO_WINDOW_LENGTH);
            int used = end;
            while (used > window && 0 == buffer.getByte(used - 1))
            {
                used--;
            }
            if (used == window)
            {
                break;
            }
            lastUsed = used;
        }

        return lastUsed == index ? 0 : Math.max(lastUsed - index, plausible);
    }

    private boolean isTornReused(final Segment segment, final int plausible)
    {
        final UnsafeBuffer buffer = segment.buffer();
        if (segment.capacity() - index < RecordBatchDescriptor.HEADER_LENGTH)
        {
            return false;
        }

        final long baseOffset = RecordBatchDescriptor.baseOffset(buffer, index);
        if (baseOffset == offset)
        {
            return true;
        }
        if (0 == plausible || BatchValidator.validateBody(buffer, index, plausible, crc) < 0)
        {
            return false;
        }

        return baseOffset >= segment.baseOffset() || !BatchValidator.isHeaderValid(buffer, index, crc);
    }
}
