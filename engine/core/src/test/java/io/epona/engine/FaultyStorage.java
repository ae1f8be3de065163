package io.epona.engine;

import io.epona.engine.log.FileStorage;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/**
 * The real file system, until it is told to fail: one kind of fault by the flags, the operations that a predicate
 * takes, or everything from one operation on, as a crash does. Any thread may use it and switch its faults; a crash
 * point is exact only while one thread works on it.
 */
public final class FaultyStorage implements Storage
{
    /** What a test does where a range of a file is forced; on the thread that forces it. */
    public interface ForceListener
    {
        /** Before: may wait, or fail. */
        default void beforeForce(final Path file) throws IOException
        {
        }

        /** After: the range is on disk. */
        default void onForced(final Path file, final UnsafeBuffer buffer, final int index, final int length)
        {
        }
    }

    /** How many files were mapped, and how many of those mappings are gone. */
    public final AtomicInteger mapped = new AtomicInteger();
    public final AtomicInteger unmapped = new AtomicInteger();
    /** While set, space for no file can be had. */
    public volatile boolean isFull;
    /** While set, nothing can be forced to disk: no file, no region, no directory. */
    public volatile boolean isSyncFailing;
    /** While set, nothing can be deleted. */
    public volatile boolean isDeleteFailing;

    /** Told of every range that is forced. */
    public volatile ForceListener forceListener = new ForceListener()
    {
    };
    /** Bytes that are said to be left, where not negative. */
    public volatile long usableBytes = -1;

    /** How many ranges of files were read. */
    public final AtomicInteger rangesRead = new AtomicInteger();

    private static final byte POISON = (byte)0xEE;
    private static final int HEADER_LENGTH = 128;

    private final Queue<FaultyRegion> poisoned = new ConcurrentLinkedQueue<>();
    private volatile boolean isPoisoning;
    private final Storage delegate = new FileStorage();
    private final Queue<String> operations = new ConcurrentLinkedQueue<>();
    private final AtomicInteger operationCount = new AtomicInteger();
    private volatile Predicate<String> failing = (operation) -> false;
    private volatile int crashAt = Integer.MAX_VALUE;
    private volatile boolean isTornAfter;

    /** Fail the operations that the predicate takes; each reads "name path". */
    public void failWhen(final Predicate<String> failing)
    {
        this.failing = failing;
    }

    /** Let so many changing operations pass and fail every one after them. */
    public void crashAfter(final int count)
    {
        forget();
        crashAt = count;
    }

    /** A failing replace puts the new content in place before it fails. */
    public void replaceThenFail()
    {
        isTornAfter = true;
    }

    /** Work again, and count from zero. */
    public void heal()
    {
        forget();
        usableBytes = -1;
        crashAt = Integer.MAX_VALUE;
        failing = (operation) -> false;
        isTornAfter = false;
        isFull = false;
        isSyncFailing = false;
        isDeleteFailing = false;
    }

    /**
     * Show poison in place of the content of every segment that is mapped from now on, but for its header and the
     * ranges that are read after it was mapped. For logs that nobody appends to or forces.
     */
    public void poisonUnread()
    {
        isPoisoning = true;
    }

    /** The changing operations since the last heal, each "name path". */
    public List<String> operations()
    {
        return List.copyOf(operations);
    }

    private void forget()
    {
        operations.clear();
        operationCount.set(0);
    }

    private static void refuseWhile(final boolean isFailing, final String message) throws IOException
    {
        if (isFailing)
        {
            throw new IOException(message);
        }
    }

    private void checkSync() throws IOException
    {
        refuseWhile(isSyncFailing, "Input/output error");
    }

    private void step(final String name, final Path path) throws IOException
    {
        final String operation = name + " " + path;
        if (operationCount.get() >= crashAt || failing.test(operation))
        {
            throw new IOException("injected: " + operation);
        }
        operations.add(operation);
        operationCount.incrementAndGet();
    }

    @Override
    public void createDirectories(final Path directory) throws IOException
    {
        step("createDirectories", directory);
        delegate.createDirectories(directory);
    }

    @Override
    public void create(final Path file, final long length) throws IOException
    {
        step("create", file);
        delegate.create(file, length);
    }

    @Override
    public void preallocate(final Path file, final long position, final long length) throws IOException
    {
        refuseWhile(isFull, "No space left on device");
        step("preallocate", file);
        delegate.preallocate(file, position, length);
    }

    @Override
    public void preallocatePages(final Path file, final long position, final long length) throws IOException
    {
        refuseWhile(isFull, "No space left on device");
        step("preallocatePages", file);
        delegate.preallocatePages(file, position, length);
    }

    @Override
    public void truncate(final Path file, final long length) throws IOException
    {
        step("truncate", file);
        delegate.truncate(file, length);
    }

    @Override
    public Region map(final Path file, final int length) throws IOException
    {
        return mapped(file, delegate.map(file, length), length);
    }

    @Override
    public Region mapApart(final Path file, final int length) throws IOException
    {
        return mapped(file, delegate.mapApart(file, length), length);
    }

    private Region mapped(final Path file, final Region region, final int length)
    {
        mapped.incrementAndGet();
        final FaultyRegion faulty = new FaultyRegion(file, region);
        if (isPoisoning && file.toString().endsWith(".log"))
        {
            faulty.poison(length);
        }
        return faulty;
    }

    @Override
    public void force(final Path file) throws IOException
    {
        checkSync();
        step("force", file);
        delegate.force(file);
    }

    @Override
    public void syncDirectory(final Path directory) throws IOException
    {
        checkSync();
        step("syncDirectory", directory);
        delegate.syncDirectory(directory);
    }

    @Override
    public void rename(final Path from, final Path to) throws IOException
    {
        step("rename", from);
        delegate.rename(from, to);
    }

    @Override
    public boolean delete(final Path path) throws IOException
    {
        refuseWhile(isDeleteFailing, "Permission denied");
        step("delete", path);
        return delegate.delete(path);
    }

    @Override
    public List<Path> list(final Path directory) throws IOException
    {
        return delegate.list(directory);
    }

    @Override
    public boolean exists(final Path path)
    {
        return delegate.exists(path);
    }

    @Override
    public long length(final Path file) throws IOException
    {
        return delegate.length(file);
    }

    @Override
    public long usableSpace(final Path directory) throws IOException
    {
        return usableBytes >= 0 ? usableBytes : delegate.usableSpace(directory);
    }

    @Override
    public byte[] read(final Path file) throws IOException
    {
        return delegate.read(file);
    }

    @Override
    public void read(final Path file, final long position, final ByteBuffer target) throws IOException
    {
        refuseWhile(failing.test("read " + file), "Input/output error");
        rangesRead.incrementAndGet();
        final int begin = target.position();
        delegate.read(file, position, target);
        for (final FaultyRegion region : poisoned)
        {
            if (region.file.equals(file))
            {
                region.buffer().putBytes((int)position, target, begin, target.position() - begin);
            }
        }
    }

    @Override
    public void replace(final Path file, final byte[] bytes) throws IOException
    {
        if (isTornAfter)
        {
            delegate.replace(file, bytes);
        }
        step("replace", file);
        delegate.replace(file, bytes);
    }

    private final class FaultyRegion implements Region
    {
        private final Path file;
        private final Region region;
        private UnsafeBuffer copy;

        private FaultyRegion(final Path file, final Region region)
        {
            this.file = file;
            this.region = region;
        }

        private void poison(final int length)
        {
            copy = new UnsafeBuffer(ByteBuffer.allocateDirect(length));
            copy.setMemory(0, length, POISON);
            copy.putBytes(0, region.buffer(), 0, HEADER_LENGTH);
            poisoned.add(this);
        }

        @Override
        public UnsafeBuffer buffer()
        {
            return null == copy ? region.buffer() : copy;
        }

        @Override
        public void force(final int index, final int length) throws IOException
        {
            checkSync();
            step("forceRegion", file);
            forceListener.beforeForce(file);
            region.force(index, length);
            forceListener.onForced(file, region.buffer(), index, length);
        }

        @Override
        public void unmap()
        {
            unmapped.incrementAndGet();
            region.unmap();
            if (null != copy)
            {
                poisoned.remove(this);
                copy.setMemory(0, copy.capacity(), POISON);
            }
        }
    }
}
