package io.epona.engine;

import io.epona.codecs.ResultCode;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Keeps a second engine off a data directory: by a lock on the file {@code lock} against other processes, which ends
 * with the process however that ends, and by a table against other engines in this one. The file names the process that
 * holds it, and stays behind.
 * <p>
 * Any thread.
 */
final class DirectoryLock implements AutoCloseable
{
    static final String FILE_NAME = "lock";

    // A process that opens and closes a file loses all locks it has on it, so the table is asked before the file is.
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();
    private static final int PID_LENGTH_MAX = 32;

    private final Path key;
    private final FileChannel channel;

    private DirectoryLock(final Path key, final FileChannel channel)
    {
        this.key = key;
        this.channel = channel;
    }

    static DirectoryLock acquire(final Path directory)
    {
        final Path key;
        try
        {
            key = directory.toRealPath();
        }
        catch (final IOException ex)
        {
            throw unusable(directory, ex);
        }

        if (!HELD.add(key))
        {
            throw inUse(directory, "another engine in this process, pid " + ProcessHandle.current().pid());
        }

        boolean isHeld = false;
        try
        {
            final DirectoryLock lock = new DirectoryLock(key, lock(directory));
            isHeld = true;
            return lock;
        }
        catch (final IOException ex)
        {
            throw unusable(directory, ex);
        }
        finally
        {
            if (!isHeld)
            {
                HELD.remove(key);
            }
        }
    }

    @Override
    public void close() throws IOException
    {
        try
        {
            channel.close();
        }
        finally
        {
            HELD.remove(key);
        }
    }

    private static FileChannel lock(final Path directory) throws IOException
    {
        final Path file = directory.resolve(FILE_NAME);
        final FileChannel channel =
            FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        FileLock lock = null;
        try
        {
            lock = channel.tryLock();
            if (null == lock)
            {
                final ByteBuffer pid = ByteBuffer.allocate(PID_LENGTH_MAX);
                channel.read(pid, 0);
                final String text = new String(pid.array(), 0, pid.position(), StandardCharsets.US_ASCII).trim();
                throw inUse(directory, text.isEmpty() ? "another process" : "process " + text);
            }

            channel.truncate(0);
            channel.write(
                ByteBuffer.wrap((ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)), 0);

            return channel;
        }
        finally
        {
            if (null == lock)
            {
                channel.close();
            }
        }
    }

    private static EngineException inUse(final Path directory, final String holder)
    {
        return new EngineException(
            ResultCode.LIMIT_REACHED,
            "the data directory " + directory + " is in use by " + holder +
            ": stop that one, or choose another directory (" + Setting.DATA_DIR.propertyName() + ")");
    }

    private static EngineException unusable(final Path directory, final IOException ex)
    {
        final String reason = Files.isDirectory(directory) ? ex.toString() : "it is not a directory";
        return new EngineException(
            ResultCode.INVALID_CONFIG,
            "the data directory " + directory + " cannot be used (" + reason + "): check its path and permissions",
            ex);
    }
}
