package io.epona.jmh;

import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.MappedByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A temporary directory of a trial (below {@code java.io.tmpdir}) and mapped, touched files in it.
 */
final class Scratch implements AutoCloseable
{
    private static final int TOUCH_LENGTH = 4096;

    private final Path directory;
    private final List<MappedByteBuffer> mapped = new ArrayList<>();

    Scratch()
    {
        try
        {
            directory = Files.createTempDirectory("epona-jmh-");
        }
        catch (final IOException ex)
        {
            throw new UncheckedIOException(ex);
        }
    }

    Path directory()
    {
        return directory;
    }

    /**
     * Map a new file and write all of it, so that no first touch of a page is measured.
     *
     * @param name   of the file.
     * @param length in bytes.
     * @param seed   of its contents.
     * @return buffer over the whole file.
     */
    UnsafeBuffer map(final String name, final int length, final long seed)
    {
        final MappedByteBuffer file = IoUtil.mapNewFile(directory.resolve(name).toFile(), length);
        mapped.add(file);

        final UnsafeBuffer buffer = new UnsafeBuffer(file);
        final byte[] page = bytes(TOUCH_LENGTH, seed);
        for (int i = 0; i < length; i += TOUCH_LENGTH)
        {
            buffer.putBytes(i, page, 0, Math.min(TOUCH_LENGTH, length - i));
        }

        return buffer;
    }

    static byte[] bytes(final int length, final long seed)
    {
        final byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    @Override
    public void close()
    {
        mapped.forEach(IoUtil::unmap);
        mapped.clear();
        IoUtil.delete(directory.toFile(), false);
    }
}
