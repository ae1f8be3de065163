package io.epona.simulator;

import io.epona.codecs.batch.RecordBatchDescriptor;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The disk of a host, beneath the processes that live on it one after the other ({@link SimStorage}): what survives
 * them. It outlives a kill of the process with everything that was stored, and a power loss with what was synced and
 * any part of what was not.
 * <p>
 * <b>What it assumes of a real one.</b> Pages of 4 KiB are written as a whole or torn at 512 bytes. What a sync covered
 * is on the medium when it returns. Names of a directory are on the medium when it was synced; of later changes any
 * subset is. A failed sync leaves its pages clean and lost. The kernel writes pages on its own account whenever it
 * likes.
 * <p>
 * Owned by the thread of its world.
 */
public final class SimDisk
{
    private static final int TOUCHED_LENGTH = 16;
    private static final Path ROOT = Path.of("/");
    private static final String SEGMENT_SUFFIX = ".log";

    private final World world;
    private final String name;
    private final Site site;
    private final SimFile[] touched = new SimFile[TOUCHED_LENGTH];
    private int touchedCount;
    private SimDirectory root = new SimDirectory();
    private SimStorage storage;
    private long capacity = Long.MAX_VALUE;
    private long used;
    private int failingSyncs;
    private boolean hasFailed;

    /**
     * An empty disk.
     *
     * @param world in which it is.
     * @param name  of the host, unique.
     */
    public SimDisk(final World world, final String name)
    {
        this.world = world;
        this.name = name;
        this.site = world.site("disk", name);
    }

    /**
     * Begin a process on this disk.
     *
     * @return its storage.
     */
    public SimStorage open()
    {
        if (null != storage && storage.isAlive())
        {
            throw new IllegalStateException(name + ": a process is alive on this disk");
        }
        storage = new SimStorage(this);

        return storage;
    }

    /**
     * The power went. The process is gone; what was not synced is kept, lost or torn.
     */
    public void losePower()
    {
        end();
        // Some losses keep or revert all, which random pages would hardly ever do.
        final int mode = site.nextInt(5) - 1;
        final int uniform = Math.max(0, mode);
        root.settle(site, uniform);
        root.survive(site, uniform);
        Arrays.fill(touched, null);
        touchedCount = 0;
        recount();
        world.trace().add("disk.power", name.hashCode(), uniform, used);
    }

    /** The process is gone; what it stored stays. */
    void end()
    {
        if (null != storage)
        {
            storage.end();
            storage = null;
        }
    }

    /**
     * Another, empty disk stands in its place. The process is gone.
     */
    public void wipe()
    {
        end();
        root = new SimDirectory();
        Arrays.fill(touched, null);
        touchedCount = 0;
        used = 0;
        failingSyncs = 0;
        hasFailed = false;
        world.trace().add("disk.wipe", name.hashCode(), 0, 0);
    }

    /**
     * @param bytes that can be allocated, all files together.
     */
    public void capacity(final long bytes)
    {
        capacity = bytes;
    }

    /**
     * Let syncs of log segments fail, each losing what it should have written.
     *
     * @param count how many of the next ones.
     */
    public void failSyncs(final int count)
    {
        failingSyncs = count;
    }

    /**
     * @return whether a sync failed since the disk was new.
     */
    public boolean hasFailed()
    {
        return hasFailed;
    }

    /**
     * @return bytes allocated.
     */
    public long used()
    {
        return used;
    }

    /**
     * Turn over a random bit of a random log segment, in a batch that is older than what a broker may take for the torn
     * end of a log: what it knows to be on disk it writes down every few seconds.
     *
     * @param appendedBeforeNs epoch ns.
     * @return the segment, or null where there is none with a batch.
     */
    public Path rot(final long appendedBeforeNs)
    {
        final Map<Path, SimFile> segments = new TreeMap<>();
        collectSegments(root, ROOT, segments);
        segments.values().removeIf((file) -> oldLength(file, appendedBeforeNs) == SimFile.PAGE_LENGTH);
        if (segments.isEmpty())
        {
            return null;
        }
        final Path path = new ArrayList<>(segments.keySet()).get(site.nextInt(segments.size()));
        final SimFile file = segments.get(path);
        file.rot(site.between(SimFile.PAGE_LENGTH, oldLength(file, appendedBeforeNs) - 1), site.nextInt(Byte.SIZE));
        world.trace().add("disk.rot", name.hashCode(), path.hashCode(), 0);

        return path;
    }

    private static int oldLength(final SimFile file, final long appendedBeforeNs)
    {
        final UnsafeBuffer bytes = new UnsafeBuffer(file.soundBytes(), 0, file.length());
        int index = SimFile.PAGE_LENGTH;
        while (index + RecordBatchDescriptor.HEADER_LENGTH <= bytes.capacity() &&
            RecordBatchDescriptor.length(bytes, index) >= RecordBatchDescriptor.HEADER_LENGTH &&
            RecordBatchDescriptor.appendTimestamp(bytes, index) < appendedBeforeNs)
        {
            index += RecordBatchDescriptor.length(bytes, index);
        }

        return Math.max(SimFile.PAGE_LENGTH, Math.min(index, file.length()));
    }

    private static void collectSegments(
        final SimDirectory directory, final Path path, final Map<Path, SimFile> segments)
    {
        directory.names().forEach((name, node) ->
        {
            if (node instanceof final SimDirectory below)
            {
                collectSegments(below, path.resolve(name), segments);
            }
            else if (name.endsWith(SEGMENT_SUFFIX))
            {
                segments.put(path.resolve(name), (SimFile)node);
            }
        });
    }

    /**
     * Look into a file as the processes see it, as part of none: it counts as no operation. Bits that turned over are
     * seen as they were.
     *
     * @param path of the file.
     * @return the bytes, not to be changed, as they are and will be; null where there is no such file.
     */
    public DirectBuffer look(final Path path)
    {
        Object node = root;
        for (int i = 0; i < path.getNameCount() && node instanceof SimDirectory; i++)
        {
            node = ((SimDirectory)node).names().get(path.getName(i).toString());
        }

        return node instanceof final SimFile file ? new UnsafeBuffer(file.soundBytes()) : null;
    }

    SimDirectory root()
    {
        return root;
    }

    long left()
    {
        return capacity - used;
    }

    /** Account for space that a file takes or gives back. */
    void allocate(final SimFile file, final int bytes)
    {
        used += bytes - file.allocated();
        file.allocated(bytes);
    }

    /** A sync is about to write. */
    boolean takeFailure()
    {
        if (failingSyncs > 0)
        {
            failingSyncs--;
            hasFailed = true;
            return true;
        }

        return false;
    }

    /** Something happened to a file: the kernel may write a page of what was touched of late. */
    void touch(final SimFile file)
    {
        touched[touchedCount++ % TOUCHED_LENGTH] = file;
        if (0 == site.nextInt(16))
        {
            final SimFile chosen = touched[site.nextInt(Math.min(touchedCount, TOUCHED_LENGTH))];
            final int pages = chosen.length() / SimFile.PAGE_LENGTH;
            for (int i = site.nextInt(4); i > 0 && pages > 0; i--)
            {
                chosen.writeBack(site.nextInt(pages) * SimFile.PAGE_LENGTH);
            }
        }
    }

    private void recount()
    {
        final List<SimFile> files = new ArrayList<>();
        root.collect(files);
        used = 0;
        for (final SimFile file : files)
        {
            used += file.allocated();
        }
    }

    @Override
    public String toString()
    {
        return "disk of " + name + ", " + used + " bytes";
    }
}
