package io.epona.engine.log;

import io.epona.codecs.batch.BatchValidator;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.engine.Storage;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * When the last batch of a segment was appended, found in bounded steps and kept. Owned by the housekeeper.
 * <p>
 * It looks through the file and never at the mapping: the segment may be old and on disk only, and a thread in a page
 * fault holds up every safepoint of the process for as long as the disk takes. Nor is a segment mapped for it.
 */
final class LastAppend
{
    static final long UNKNOWN = Long.MIN_VALUE;
    /** Of log that is looked at in one step. */
    private static final int STEP_LENGTH = 256 * 1024;
    /** Read at once: little behind the last entry of an index, more where there is none. */
    private static final int WINDOW_LENGTH_MIN = 8 * 1024;
    private static final int WINDOW_LENGTH_MAX = 64 * 1024;

    private final Storage storage;
    private Segment segment;
    private int index;
    private long offset;
    private long timeNs;
    /** Of the first batch; UNKNOWN until it was looked at. */
    private long firstNs;
    /** Whether index and offset are what an index said: it counts where the batch is that it promises. */
    private boolean isHint;

    /** Held while it is looked for. */
    private UnsafeBuffer window;
    private int windowIndex;
    private int windowLength;

    LastAppend(final Storage storage)
    {
        this.storage = storage;
    }

    /**
     * Go on looking. From the last entry of the index, where there is one. Where the first batch is young the last one
     * is too, since append times never fall: then nothing else is read. Else a log that is kept by its size would be
     * read from end to end to find each segment younger than days.
     *
     * @param wanted    segment, the same in call after call.
     * @param endOffset offset behind its last batch; may rise from call to call.
     * @param youngNs   append time from which on it does not matter which it is.
     * @return append timestamp of the last batch below the end offset; UNKNOWN where it was not found yet, where the
     *         first batch is young, or where there is no batch.
     * @throws IOException where the file cannot be read: to be called again.
     */
    long find(final Segment wanted, final long endOffset, final long youngNs) throws IOException
    {
        if (wanted != segment)
        {
            begin(wanted);
        }

        if (offset >= endOffset)
        {
            // Known: nothing is to be read for it.
            return timeNs;
        }
        if (isFirstFrom(youngNs))
        {
            return UNKNOWN;
        }

        final int limit = (int)Math.min((long)index + STEP_LENGTH, segment.capacity());
        while (offset < endOffset && index < limit)
        {
            if (!isInWindow())
            {
                read();
            }
            if (isHint)
            {
                isHint = false;
                if (RecordBatchDescriptor.baseOffset(window, index - windowIndex) != offset)
                {
                    index = SegmentDescriptor.HEADER_LENGTH;
                    offset = segment.baseOffset();
                    continue;
                }
            }
            final int at = index - windowIndex;
            final int length = BatchValidator.plausibleLength(window, at, segment.capacity() - index);
            if (length < 0)
            {
                // Damage: such a segment does not go by age. A reader that comes here reports it.
                return UNKNOWN;
            }
            timeNs = RecordBatchDescriptor.appendTimestamp(window, at);
            offset = RecordBatchDescriptor.nextOffset(window, at);
            index += length;
        }

        if (offset < endOffset)
        {
            return UNKNOWN;
        }
        window = null;

        return timeNs;
    }

    private void begin(final Segment wanted)
    {
        forget();
        segment = wanted;
        index = SegmentDescriptor.HEADER_LENGTH;
        offset = wanted.baseOffset();
        timeNs = UNKNOWN;
        firstNs = UNKNOWN;
        isHint = false;
        final SegmentIndex entries = wanted.index();
        final int last = null == entries ? -1 : entries.count() - 1;
        if (last >= 0 && entries.batchIndex(last) <= wanted.capacity() - RecordBatchDescriptor.HEADER_LENGTH)
        {
            index = entries.batchIndex(last);
            offset = wanted.baseOffset() + entries.offsetDelta(last);
            isHint = true;
        }
    }

    private boolean isFirstFrom(final long youngNs) throws IOException
    {
        if (UNKNOWN == firstNs)
        {
            final UnsafeBuffer header = new UnsafeBuffer(new byte[RecordBatchDescriptor.HEADER_LENGTH]);
            final int begin = SegmentDescriptor.HEADER_LENGTH;
            storage.read(segment.file().path(), begin, ByteBuffer.wrap(header.byteArray()));
            if (BatchValidator.plausibleLength(header, 0, segment.capacity() - begin) < 0)
            {
                return false;
            }
            firstNs = RecordBatchDescriptor.appendTimestamp(header, 0);
        }

        return firstNs >= youngNs;
    }

    private boolean isInWindow()
    {
        return null != window && index >= windowIndex &&
            index + RecordBatchDescriptor.HEADER_LENGTH <= windowIndex + window.capacity();
    }

    private void read() throws IOException
    {
        windowLength = null == window ? WINDOW_LENGTH_MIN : Math.min(WINDOW_LENGTH_MAX, 2 * windowLength);
        // Behind the end of the file there are zeros, and no header is cut off.
        final byte[] bytes = new byte[windowLength];
        final int left = segment.capacity() - index;
        storage.read(
            segment.file().path(), index, ByteBuffer.wrap(bytes, 0, Math.min(windowLength, left)));
        window = new UnsafeBuffer(bytes);
        windowIndex = index;
    }

    /** Let go of a segment that leaves the log. */
    void forget()
    {
        segment = null;
        window = null;
    }
}
