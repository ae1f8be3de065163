package io.epona.engine.log;

import io.epona.engine.Storage;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Files of the host that can be full, or fail to sync. */
final class FaultyStorage implements Storage
{
    private final FileStorage files = new FileStorage();
    final AtomicInteger unmapped = new AtomicInteger();
    final AtomicInteger mapped = new AtomicInteger();
    volatile boolean isFull;
    volatile boolean isSyncFailing;
    volatile boolean isDeleteFailing;

    private void checkSpace() throws IOException
    {
        if (isFull)
        {
            throw new IOException("No space left on device");
        }
    }

    private void checkSync() throws IOException
    {
        if (isSyncFailing)
        {
            throw new IOException("Input/output error");
        }
    }

    @Override
    public void createDirectories(final Path directory) throws IOException
    {
        files.createDirectories(directory);
    }

    @Override
    public void create(final Path file, final long length) throws IOException
    {
        files.create(file, length);
    }

    @Override
    public void preallocate(final Path file, final long position, final long length) throws IOException
    {
        checkSpace();
        files.preallocate(file, position, length);
    }

    @Override
    public void truncate(final Path file, final long length) throws IOException
    {
        files.truncate(file, length);
    }

    @Override
    public Region map(final Path file, final int length) throws IOException
    {
        mapped.incrementAndGet();
        final Region region = files.map(file, length);
        return new Region()
        {
            @Override
            public UnsafeBuffer buffer()
            {
                return region.buffer();
            }

            @Override
            public void force(final int index, final int forceLength) throws IOException
            {
                checkSync();
                region.force(index, forceLength);
            }

            @Override
            public void unmap()
            {
                unmapped.incrementAndGet();
                region.unmap();
            }
        };
    }

    @Override
    public void force(final Path file) throws IOException
    {
        checkSync();
        files.force(file);
    }

    @Override
    public void syncDirectory(final Path directory) throws IOException
    {
        checkSync();
        files.syncDirectory(directory);
    }

    @Override
    public void rename(final Path from, final Path to) throws IOException
    {
        files.rename(from, to);
    }

    @Override
    public boolean delete(final Path path) throws IOException
    {
        if (isDeleteFailing)
        {
            throw new IOException("Permission denied");
        }
        return files.delete(path);
    }

    @Override
    public List<Path> list(final Path directory) throws IOException
    {
        return files.list(directory);
    }

    @Override
    public boolean exists(final Path path)
    {
        return files.exists(path);
    }

    @Override
    public long length(final Path file) throws IOException
    {
        return files.length(file);
    }

    @Override
    public long usableSpace(final Path directory) throws IOException
    {
        return files.usableSpace(directory);
    }

    @Override
    public byte[] read(final Path file) throws IOException
    {
        return files.read(file);
    }

    @Override
    public void replace(final Path file, final byte[] bytes) throws IOException
    {
        files.replace(file, bytes);
    }
}
