package io.epona.engine.log;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.BatchValidator;
import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.engine.Storage;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts the end of a log, or lets it begin anew, while it belongs to the housekeeper ({@link LogTruncation}). Owned by
 * the housekeeper's thread.
 * <ol>
 * <li>What is to be done is written to a file ({@link TruncationFile}): from here on it is done, crash or not.</li>
 * <li>The high watermark goes down, readers above it are told, and pins of before are waited for: no reader looks at
 * what is cut any more.</li>
 * <li>Segments above are deleted, the rest of the one that holds the end is zeroed, all of it durably; what is known
 * beside the segments follows. A new {@link Segment} stands for the file that is cut, and goes to the owner.</li>
 * </ol>
 */
final class LogTruncator
{
    /**
     * Who has to follow. All in the housekeeper's thread, while the owner waits.
     */
    interface Listener
    {
        /**
         * The end of the log is about to be cut. What is written down now is true of the log as it is, and is found
         * whether the cut is done or not.
         *
         * @param end offset at which the log will end.
         * @throws IOException where it could not be written: the log is not cut then.
         */
        void onTruncating(long end) throws IOException;

        /**
         * @param active  segment in which the log ends now, published in the directory.
         * @param gone    segments that are not part of the log any more; not unmapped yet.
         * @param end     of the log.
         * @param isReset whether nothing is left of the log.
         * @return what is known of producers at the end.
         * @throws IOException where what is on disk beside the segments could not follow.
         */
        ProducerStates onTruncated(Segment active, List<Segment> gone, LogEnd end, boolean isReset) throws IOException;
    }

    private final Storage storage;
    private final Path directory;
    private final LogContext context;
    private final LogConfig config;
    private final LogState state;
    private final LogRetention retention;
    private final Listener listener;
    private final Crc32c crc = new Crc32c();

    private TruncationFile cut;
    private ReaderTable.Pins pins;
    private int lastEpoch;
    private long lastAppendNs;

    LogTruncator(
        final LogContext context,
        final Path directory,
        final LogConfig config,
        final LogState state,
        final LogRetention retention,
        final Listener listener)
    {
        this.context = context;
        this.storage = context.storage();
        this.directory = directory;
        this.config = config;
        this.state = state;
        this.retention = retention;
        this.listener = listener;
    }

    /**
     * One step. Everything in the log is on disk and has its name when this is called first.
     *
     * @param request of the owner.
     * @return whether it is done: the owner then has the log again.
     * @throws IOException where the storage failed: what the log is only recovery can say.
     */
    boolean step(final LogTruncation request) throws IOException
    {
        if (null == cut)
        {
            cut = request.isReset() ? new TruncationFile(request.offset(), -1, 0) : find(request.offset());
            if (!cut.isReset())
            {
                listener.onTruncating(cut.offset());
            }
            cut.write(storage, directory);
            publishEnd();
            return false;
        }
        if (!pins.areReleased())
        {
            return false;
        }

        if (cut.isReset())
        {
            reset(request);
        }
        else
        {
            cutEnd(request);
        }
        cut = null;
        pins = null;

        return true;
    }

    /** Find the last batch boundary at or below an offset that the log holds. */
    private TruncationFile find(final long offset) throws IOException
    {
        final Segment[] segments = state.directory();
        int i = segments.length - 1;
        while (i > 0 && segments[i].baseOffset() > offset)
        {
            i--;
        }

        lastEpoch = -1;
        lastAppendNs = 0;
        if (i > 0)
        {
            walk(segments[i - 1], segments[i].baseOffset());
        }
        final long[] place = walk(segments[i], offset);

        return new TruncationFile(place[0], segments[i].baseOffset(), (int)place[1]);
    }

    /** Go to the batch that holds an offset, remembering the one before. The result is its offset and its index. */
    private long[] walk(final Segment segment, final long limit) throws IOException
    {
        final UnsafeBuffer log = segment.buffer();
        final int end = Math.min(segment.capacity(), segment.endIndex());
        long offset = segment.baseOffset();
        int index = SegmentDescriptor.HEADER_LENGTH;
        while (offset < limit)
        {
            final int length = BatchValidator.plausibleLength(log, index, end - index);
            if (length < 0)
            {
                throw new IOException(
                    segment.file().path() + ": damaged at position " + index + ", below " + limit +
                    " where it is to be cut");
            }
            final long next = RecordBatchDescriptor.nextOffset(log, index);
            if (next > limit)
            {
                break;
            }
            lastEpoch = RecordBatchDescriptor.leaderEpoch(log, index);
            lastAppendNs = RecordBatchDescriptor.appendTimestamp(log, index);
            offset = next;
            index += length;
        }

        return new long[]{ offset, index };
    }

    private void publishEnd()
    {
        final LogPositions positions = state.positions;
        final long logStart = positions.logStart();
        final long end = cut.isReset() ? Math.min(logStart, cut.offset()) : cut.offset();
        final boolean isCommittedCut = end < positions.highWatermark();
        positions.highWatermark(Math.min(end, positions.highWatermark()));
        positions.publish(positions.position(), end);
        if (isCommittedCut)
        {
            state.truncated(end);
        }
        pins = state.readers.snapshot();
    }

    private void cutEnd(final LogTruncation request) throws IOException
    {
        final Segment[] segments = state.directory();
        final List<Segment> gone = new ArrayList<>();
        for (int i = segments.length - 1; i >= 0 && segments[i].baseOffset() >= cut.baseOffset(); i--)
        {
            gone.add(segments[i]);
            if (segments[i].baseOffset() > cut.baseOffset())
            {
                storage.delete(segments[i].file().path());
            }
        }
        final Segment old = gone.get(gone.size() - 1);
        final SegmentFile file = old.file();
        TruncationFile.cutTail(storage, file.path(), cut.index(), file.length());
        storage.syncDirectory(directory);

        file.forgetAllocation(cut.index());
        final Segment active = old.cutCopy(state.positions.position(), cut.index());
        final LogEnd end = new LogEnd(cut.offset(), cut.index(), lastEpoch, lastAppendNs);
        finish(request, active, gone, end);
        for (int i = 0; i < gone.size() - 1; i++)
        {
            gone.get(i).file().unmap();
        }
    }

    /**
     * Readers that look between these steps find nothing to read: the high watermark is at or below the log start
     * until the new segment can be found.
     */
    private void reset(final LogTruncation request) throws IOException
    {
        final List<Segment> gone = new ArrayList<>(List.of(state.directory()));
        for (int i = gone.size() - 1; i >= 0; i--)
        {
            storage.delete(gone.get(i).file().path());
        }
        retention.deletePool();
        storage.syncDirectory(directory);

        final Segment active = SegmentMaker.first(
            context, directory, config, state.topicId, state.partition, cut.offset(), crc);
        active.begin(cut.offset(), state.positions.position(), SegmentDescriptor.HEADER_LENGTH);
        active.preparedLimit(SegmentDescriptor.HEADER_LENGTH);
        final LogPositions positions = state.positions;
        if (cut.offset() < positions.logStart())
        {
            positions.logStart(cut.offset());
        }
        finish(request, active, gone, new LogEnd(cut.offset(), SegmentDescriptor.HEADER_LENGTH, -1, 0));
        for (final Segment segment : gone)
        {
            segment.file().unmap();
        }
    }

    private void finish(
        final LogTruncation request, final Segment active, final List<Segment> gone, final LogEnd end)
        throws IOException
    {
        final Segment before = retention.truncate(gone, active);
        if (null != before)
        {
            before.next(active);
        }
        for (final Segment segment : gone)
        {
            segment.markGone();
        }
        final LogPositions positions = state.positions;
        if (cut.isReset())
        {
            positions.logStart(end.offset());
            positions.highWatermark(end.offset());
            positions.publish(positions.position(), end.offset());
        }
        final ProducerStates producers = listener.onTruncated(active, gone, end, cut.isReset());
        TruncationFile.delete(storage, directory);
        // Before the owner may ask for the next one.
        state.truncationRequest(null);
        request.complete(active, end, producers);
    }

    /** The log is closed, deleted or fenced: nobody takes it over any more. */
    static void refuse(final LogState state, final ResultCode code)
    {
        final LogTruncation request = state.truncationRequest();
        if (null != request)
        {
            state.truncationRequest(null);
            request.complete(code.code());
        }
    }
}
