package io.epona.engine;

import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * Files in memory that remember what was synced, and a power cut at a chosen operation. After the cut each page that
 * differs from what was synced is kept, reverted or torn at a sector, and each operation on a directory that was not
 * synced is kept or undone, all at random from a seed. Before it the kernel writes a page back now and then. A sync
 * can fail, after which the kernel holds pages for written that are not, until they are stored to again.
 * <p>
 * One thread.
 */
public final class PowerLossStorage implements Storage
{
    /** What a sync that is made to fail says. */
    public static final String FAULT = "Input/output error";
    private static final int PAGE_LENGTH = Region.PAGE_LENGTH;
    private static final int SECTOR_LENGTH = 512;
    private static final String REPLACEMENT_SUFFIX = ".tmp";

    /** What a storage says and does not do: a fault of the disk, and no different from a log that forgot to ask. */
    public enum Lie
    {
        NONE,
        /** A range of a mapping is forced: nothing is, as if an ack did not wait for the sync. */
        RANGE_NOT_FORCED,
        /** A file is forced: nothing is. */
        FILE_NOT_FORCED,
        /** A directory is synced: nothing is. */
        DIRECTORY_NOT_SYNCED,
        /** A file is made shorter and long again: what was in its tail is there still. */
        TAIL_NOT_ZEROED,
        /** A small file is replaced: what is in it comes to the disk some time. */
        REPLACEMENT_NOT_FORCED,
        /** A file is deleted: its name stays until the power has gone. */
        NOT_DELETED
    }

    /** The power went. No code catches it by accident. */
    public static final class PowerCut extends Error
    {
        private static final long serialVersionUID = 1;

        PowerCut()
        {
            super("power cut", null, false, false);
        }
    }

    private static final class Inode
    {
        /** What programs see; longer than the file where it was longer once. */
        private byte[] current = new byte[0];
        private byte[] durable = new byte[0];
        private int length;
        private int durableLength;

        /** Pages that the kernel holds for written and are not, as they were when a sync of them failed. */
        private final Map<Integer, byte[]> unwritten = new HashMap<>();

        private void resize(final int newLength)
        {
            unwritten.keySet().removeIf((page) -> page + PAGE_LENGTH > Math.min(newLength, length));
            if (newLength > current.length)
            {
                current = Arrays.copyOf(current, newLength);
            }
            if (newLength < length)
            {
                Arrays.fill(current, newLength, length, (byte)0);
            }
            length = newLength;
        }

        private void sync(final int from, final int to)
        {
            if (durable.length < current.length)
            {
                durable = Arrays.copyOf(durable, current.length);
            }
            durableLength = length;
            final int begin = from & -PAGE_LENGTH;
            final int end = Math.min(current.length, (to + PAGE_LENGTH - 1) & -PAGE_LENGTH);
            for (int page = begin; page < end; page += PAGE_LENGTH)
            {
                final int pageEnd = Math.min(end, page + PAGE_LENGTH);
                final byte[] written = unwritten.get(page);
                if (null == written || !Arrays.equals(current, page, pageEnd, written, 0, pageEnd - page))
                {
                    System.arraycopy(current, page, durable, page, pageEnd - page);
                    unwritten.remove(page);
                }
            }
        }

        /** A sync fails: of some of the pages the kernel knows no more that they are not written. */
        private void failSync(final int from, final int to, final Random random)
        {
            durable = Arrays.copyOf(durable, Math.max(durable.length, current.length));
            for (int page = from & -PAGE_LENGTH; page < Math.min(to, current.length); page += PAGE_LENGTH)
            {
                final int end = Math.min(current.length, page + PAGE_LENGTH);
                if (!Arrays.equals(current, page, end, durable, page, end) && random.nextInt(3) > 0)
                {
                    unwritten.put(page, Arrays.copyOfRange(current, page, end));
                }
            }
        }

        private static Inode of(final byte[] bytes, final int length)
        {
            final Inode inode = new Inode();
            inode.current = bytes;
            inode.durable = bytes.clone();
            inode.length = length;
            inode.durableLength = length;

            return inode;
        }
    }

    /** One change of a directory that is not on disk yet: the name goes where from is, and comes where to is. */
    private record Change(Path from, Path to, Inode inode)
    {
        private Path directory()
        {
            return (null == to ? from : to).getParent();
        }
    }

    private final Random random;
    private final Lie lie;
    private final TreeMap<Path, Inode> names = new TreeMap<>();
    private final TreeMap<Path, Inode> durableNames = new TreeMap<>();
    private final List<Change> changes = new ArrayList<>();
    private long operations;
    private long cutAt = Long.MAX_VALUE;
    private int failingSyncs;

    public PowerLossStorage(final long seed)
    {
        this(seed, Lie.NONE);
    }

    public PowerLossStorage(final long seed, final Lie lie)
    {
        this.random = new Random(seed);
        this.lie = lie;
    }

    /** Cut the power after so many further operations. */
    public void cutAfter(final long count)
    {
        cutAt = operations + count;
    }

    /** Some of the next syncs of data fail, so many in all. What they were of may then never get to the disk. */
    public void failSyncs(final int count)
    {
        failingSyncs = count;
    }

    /** One thing happened: the power may go, or the kernel write something back. */
    public void step()
    {
        if (++operations >= cutAt)
        {
            throw new PowerCut();
        }
        if (0 == random.nextInt(16) && !names.isEmpty())
        {
            writeSomethingBack();
        }
    }

    private void writeSomethingBack()
    {
        int skip = random.nextInt(names.size());
        for (final Inode inode : names.values())
        {
            if (skip-- == 0)
            {
                final int pages = inode.length / PAGE_LENGTH;
                for (int i = random.nextInt(4); i > 0 && pages > 0; i--)
                {
                    final int page = random.nextInt(pages) * PAGE_LENGTH;
                    final int length = inode.durableLength;
                    inode.sync(page, page + PAGE_LENGTH);
                    inode.durableLength = Math.max(length, Math.min(inode.length, page + PAGE_LENGTH));
                }
            }
        }
    }

    /**
     * What is found when the power is back.
     *
     * @param seed of the operations on it.
     * @return a storage in which everything is on disk.
     */
    public PowerLossStorage restart(final long seed)
    {
        final TreeMap<Path, Inode> kept = new TreeMap<>(durableNames);
        for (final Change change : changes)
        {
            if (random.nextBoolean())
            {
                apply(change, kept);
            }
        }

        final PowerLossStorage result = new PowerLossStorage(seed, lie);
        for (final Map.Entry<Path, Inode> entry : kept.entrySet())
        {
            final Inode found = survivor(entry.getValue());
            result.names.put(entry.getKey(), found);
            result.durableNames.put(entry.getKey(), found);
        }

        return result;
    }

    private static void apply(final Change change, final TreeMap<Path, Inode> to)
    {
        if (null != change.from && change.inode == to.get(change.from))
        {
            to.remove(change.from);
        }
        if (null != change.to)
        {
            to.put(change.to, change.inode);
        }
    }

    private Inode survivor(final Inode inode)
    {
        final int length = random.nextBoolean() ? inode.length : inode.durableLength;
        final byte[] bytes = new byte[length];
        final int mode = random.nextInt(4);
        for (int page = 0; page < length; page += PAGE_LENGTH)
        {
            final int end = Math.min(length, page + PAGE_LENGTH);
            // Some cuts keep or revert all, which random pages would hardly ever do.
            final int fate = mode < 2 ? random.nextInt(3) : mode - 2;
            for (int sector = page; sector < end; sector += SECTOR_LENGTH)
            {
                final boolean isKept = 0 == fate || 2 == fate && random.nextBoolean();
                final byte[] source = isKept ? inode.current : inode.durable;
                final int count = Math.min(Math.min(end, sector + SECTOR_LENGTH), source.length) - sector;
                if (count > 0)
                {
                    System.arraycopy(source, sector, bytes, sector, count);
                }
            }
        }

        return Inode.of(bytes, length);
    }

    private Inode inode(final Path file) throws IOException
    {
        final Inode inode = names.get(file);
        if (null == inode)
        {
            throw new IOException("no such file: " + file);
        }

        return inode;
    }

    private void change(final Change change)
    {
        apply(change, names);
        changes.add(change);
    }

    @Override
    public void createDirectories(final Path directory)
    {
        step();
    }

    @Override
    public void create(final Path file, final long length) throws IOException
    {
        step();
        if (names.containsKey(file))
        {
            throw new IOException("exists: " + file);
        }
        final Inode inode = new Inode();
        change(new Change(null, file, inode));
        step();
        inode.resize((int)length);
    }

    @Override
    public void preallocate(final Path file, final long position, final long length) throws IOException
    {
        step();
        final Inode inode = inode(file);
        Arrays.fill(inode.current, (int)position, (int)(position + length), (byte)0);
        inode.unwritten.keySet().removeIf((page) -> page + PAGE_LENGTH > position && page < position + length);
    }

    @Override
    public void truncate(final Path file, final long length) throws IOException
    {
        step();
        final Inode inode = inode(file);
        if (Lie.TAIL_NOT_ZEROED == lie && length < inode.length)
        {
            inode.length = (int)length;
        }
        else
        {
            inode.resize((int)length);
        }
    }

    @Override
    public Region map(final Path file, final int length) throws IOException
    {
        step();
        final Inode inode = inode(file);
        if (inode.length < length)
        {
            throw new IOException(file + " is shorter than " + length);
        }

        return new MemoryRegion(inode, length);
    }

    @Override
    public void force(final Path file) throws IOException
    {
        if (Lie.FILE_NOT_FORCED == lie)
        {
            step();
            return;
        }
        forcePages(inode(file), 0, inode(file).length);
    }

    private void forcePages(final Inode inode, final int from, final int to) throws IOException
    {
        if (failingSyncs > 0 && 0 == random.nextInt(3))
        {
            failingSyncs--;
            inode.failSync(from, to, random);
            throw new IOException(FAULT);
        }
        // The power may go while it is written.
        final int middle = from + (to - from) / 2;
        step();
        inode.sync(from, middle);
        step();
        inode.sync(from, to);
    }

    @Override
    public void syncDirectory(final Path directory)
    {
        step();
        if (Lie.DIRECTORY_NOT_SYNCED == lie)
        {
            return;
        }
        for (int i = 0; i < changes.size(); i++)
        {
            if (directory.equals(changes.get(i).directory()))
            {
                apply(changes.remove(i--), durableNames);
            }
        }
    }

    @Override
    public void rename(final Path from, final Path to) throws IOException
    {
        step();
        change(new Change(from, to, inode(from)));
    }

    @Override
    public boolean delete(final Path path)
    {
        step();
        final Inode inode = names.get(path);
        if (null == inode)
        {
            return false;
        }
        if (Lie.NOT_DELETED == lie)
        {
            // Gone for whoever looks, and back after the cut.
            names.remove(path);
            return true;
        }
        change(new Change(path, null, inode));

        return true;
    }

    @Override
    public List<Path> list(final Path directory)
    {
        return names.keySet().stream().filter((path) -> directory.equals(path.getParent())).toList();
    }

    @Override
    public boolean exists(final Path path)
    {
        return names.containsKey(path) || names.keySet().stream().anyMatch((name) -> name.startsWith(path));
    }

    @Override
    public long length(final Path file) throws IOException
    {
        return inode(file).length;
    }

    @Override
    public long usableSpace(final Path directory)
    {
        return Long.MAX_VALUE;
    }

    @Override
    public byte[] read(final Path file) throws IOException
    {
        final Inode inode = inode(file);
        return Arrays.copyOf(inode.current, inode.length);
    }

    @Override
    public void read(final Path file, final long position, final ByteBuffer target) throws IOException
    {
        final Inode inode = inode(file);
        final int length = (int)Math.max(0, Math.min(target.remaining(), inode.length - position));
        target.put(inode.current, (int)position, length);
    }

    @Override
    public void replace(final Path file, final byte[] bytes) throws IOException
    {
        final Path replacement = file.resolveSibling(file.getFileName() + REPLACEMENT_SUFFIX);
        if (!names.containsKey(replacement))
        {
            create(replacement, 0);
        }
        final Inode inode = inode(replacement);
        inode.resize(0);
        step();
        inode.resize(bytes.length);
        System.arraycopy(bytes, 0, inode.current, 0, bytes.length);
        if (Lie.REPLACEMENT_NOT_FORCED != lie)
        {
            forcePages(inode, 0, bytes.length);
        }
        rename(replacement, file);
        syncDirectory(file.getParent());
    }

    private final class MemoryRegion implements Region
    {
        private final Inode inode;
        private final UnsafeBuffer buffer;

        private MemoryRegion(final Inode inode, final int length)
        {
            this.inode = inode;
            this.buffer = new UnsafeBuffer(inode.current, 0, length);
        }

        @Override
        public UnsafeBuffer buffer()
        {
            return buffer;
        }

        @Override
        public void touch(final int index, final int length)
        {
            for (int page = index & -PAGE_LENGTH; page < index + length; page += PAGE_LENGTH)
            {
                inode.unwritten.remove(page);
            }
        }

        @Override
        public void force(final int index, final int length) throws IOException
        {
            if (Lie.RANGE_NOT_FORCED == lie)
            {
                step();
                return;
            }
            forcePages(inode, index, index + length);
        }

        @Override
        public void unmap()
        {
            buffer.wrap(0, 0);
        }
    }
}
