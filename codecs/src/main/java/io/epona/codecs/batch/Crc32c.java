package io.epona.codecs.batch;

import org.agrona.DirectBuffer;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * CRC32C (Castagnoli, RFC 3720) over a range of a {@link DirectBuffer} without copying. Allocation-free while the
 * same few underlying buffers are used.
 * <p>
 * Owned by one thread.
 */
public final class Crc32c
{
    private static final int VIEW_COUNT = 8;

    private final CRC32C crc = new CRC32C();
    private final ByteBuffer[] sources = new ByteBuffer[VIEW_COUNT];
    private final ByteBuffer[] views = new ByteBuffer[VIEW_COUNT];
    private int nextView;
    private ByteBuffer lastSource;
    private ByteBuffer lastView;

    /**
     * Compute the checksum of a range.
     *
     * @param buffer that wraps an array or a byte buffer.
     * @param index  of the first byte.
     * @param length in bytes.
     * @return the 32-bit checksum.
     */
    public int compute(final DirectBuffer buffer, final int index, final int length)
    {
        buffer.boundsCheck(index, length);
        crc.reset();

        final ByteBuffer source = buffer.byteBuffer();
        final int begin = buffer.wrapAdjustment() + index;
        if (null != source)
        {
            final ByteBuffer view = source == lastSource ? lastView : view(source);
            view.limit(begin + length).position(begin);
            crc.update(view);
        }
        else
        {
            crc.update(buffer.byteArray(), begin, length);
        }

        return (int)crc.getValue();
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
            sources[nextView] = source;
            views[nextView] = view;
            nextView = (nextView + 1) & (VIEW_COUNT - 1);
        }

        lastSource = source;
        lastView = view;

        return view;
    }

    /**
     * Forget a buffer that is about to be unmapped, so that nothing here keeps it reachable.
     */
    public void releaseViews()
    {
        java.util.Arrays.fill(sources, null);
        java.util.Arrays.fill(views, null);
        lastSource = null;
        lastView = null;
    }
}
