package io.epona.codecs.batch;

import org.agrona.DirectBuffer;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * CRC32C (Castagnoli, RFC 3720) over a range of a {@link DirectBuffer}: heap, direct and mapped memory without
 * copying, bare addresses through a small scratch array. Allocation-free while the same few underlying buffers are
 * used.
 * <p>
 * Owned by one thread.
 */
public final class Crc32c
{
    private static final int VIEW_COUNT = 8;
    private static final int SCRATCH_LENGTH = 4096;

    private final CRC32C crc = new CRC32C();
    private final ByteBuffer[] sources = new ByteBuffer[VIEW_COUNT];
    private final ByteBuffer[] views = new ByteBuffer[VIEW_COUNT];
    private int nextView;
    private ByteBuffer lastSource;
    private ByteBuffer lastView;
    private byte[] scratch;

    /**
     * Compute the checksum of a range.
     *
     * @param buffer holding the bytes.
     * @param index  of the first byte.
     * @param length in bytes.
     * @return the 32-bit checksum.
     * @throws IndexOutOfBoundsException where the range is not within the buffer.
     */
    public int compute(final DirectBuffer buffer, final int index, final int length)
    {
        buffer.boundsCheck(index, length);
        crc.reset();

        // The array first: behind a sliced heap byte buffer the adjustment counts from the array, not from the slice.
        final byte[] array = buffer.byteArray();
        if (null != array)
        {
            crc.update(array, buffer.wrapAdjustment() + index, length);
            return (int)crc.getValue();
        }

        final ByteBuffer source = buffer.byteBuffer();
        if (null != source)
        {
            final int begin = buffer.wrapAdjustment() + index;
            final ByteBuffer view = source == lastSource ? lastView : view(source);
            view.limit(begin + length).position(begin);
            crc.update(view);
        }
        else
        {
            updateByCopy(buffer, index, length);
        }

        return (int)crc.getValue();
    }

    private void updateByCopy(final DirectBuffer buffer, final int index, final int length)
    {
        if (null == scratch)
        {
            scratch = new byte[SCRATCH_LENGTH];
        }

        int done = 0;
        while (done < length)
        {
            final int chunk = Math.min(SCRATCH_LENGTH, length - done);
            buffer.getBytes(index + done, scratch, 0, chunk);
            crc.update(scratch, 0, chunk);
            done += chunk;
        }
    }

    private ByteBuffer view(final ByteBuffer source)
    {
        ByteBuffer view = null;
        for (int i = 0; i < VIEW_COUNT; i++)
        {
            if (source == sources[i])
            {
                view = views[i];
                break;
            }
        }

        if (null == view)
        {
            view = source.duplicate().clear();
            keep(source, view);
        }

        lastSource = source;
        lastView = view;

        return view;
    }

    private void keep(final ByteBuffer source, final ByteBuffer view)
    {
        sources[nextView] = source;
        views[nextView] = view;
        nextView = (nextView + 1) & (VIEW_COUNT - 1);
    }

    /**
     * Take a view that somebody else made of a buffer that is to be read next, so that none has to be allocated here.
     *
     * @param source that a buffer of later calls wraps.
     * @param view   a duplicate of it that nobody else uses.
     */
    public void adoptView(final ByteBuffer source, final ByteBuffer view)
    {
        view.clear();
        keep(source, view);
        lastSource = source;
        lastView = view;
    }

    /**
     * Forget a buffer that is about to be unmapped, so that nothing here keeps it reachable.
     */
    public void releaseViews()
    {
        Arrays.fill(sources, null);
        Arrays.fill(views, null);
        lastSource = null;
        lastView = null;
    }
}
