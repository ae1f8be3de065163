package io.epona.engine.log;

import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A stretch of a file that is only read, copied into memory: unlike a mapping it outlives that somebody cuts the file.
 * <p>
 * Owned by one thread.
 */
final class FileWindow implements AutoCloseable
{
    /** Fits the second-level cache: a longer one costs a third of the speed. */
    private static final int LENGTH_MIN = 512 * 1024;
    private static final int GROWTH = 2;

    private final FileChannel channel;
    private ByteBuffer bytes = ByteBuffer.allocateDirect(LENGTH_MIN);
    private final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
    private long position;
    private int length;

    FileWindow(final Path file) throws IOException
    {
        channel = FileChannel.open(file, StandardOpenOption.READ);
    }

    /**
     * @return length of the file now.
     */
    long fileLength() throws IOException
    {
        return channel.size();
    }

    /**
     * Have a range of the file in the buffer.
     *
     * @param from   position in the file, a multiple of 8.
     * @param wanted bytes.
     * @return bytes of the range that are there: fewer where the file ends.
     */
    int read(final long from, final int wanted) throws IOException
    {
        if (from < position || from + wanted > position + length)
        {
            refill(from, wanted);
        }

        return (int)Math.max(0, Math.min(wanted, position + length - from));
    }

    /**
     * Read anew what may have changed.
     */
    void forget()
    {
        position = 0;
        length = 0;
    }

    private void refill(final long from, final int wanted) throws IOException
    {
        if (wanted > bytes.capacity())
        {
            bytes = ByteBuffer.allocateDirect(Math.max(wanted, bytes.capacity() * GROWTH));
            buffer.wrap(bytes);
        }
        bytes.clear();
        int count = 0;
        while (bytes.hasRemaining() && count >= 0)
        {
            count = channel.read(bytes, from + bytes.position());
        }
        position = from;
        length = bytes.position();
    }

    UnsafeBuffer buffer()
    {
        return buffer;
    }

    /**
     * @return where a position of the file is in the buffer.
     */
    int index(final long at)
    {
        return (int)(at - position);
    }

    @Override
    public void close() throws IOException
    {
        channel.close();
    }
}
