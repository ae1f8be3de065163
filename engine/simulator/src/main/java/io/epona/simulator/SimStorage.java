package io.epona.simulator;

import io.epona.engine.Storage;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The files of one process on a {@link SimDisk}. It can be told to end the process at one of its next operations; from
 * then on every operation throws {@link ProcessKilled} and every mapping is gone.
 * <p>
 * Owned by the thread of its world.
 */
public final class SimStorage implements Storage
{
    private static final String REPLACEMENT_SUFFIX = ".tmp";
    private static final String LOG_SUFFIX = ".log";

    /** What stood in a mapped file, to be taken back to in part. */
    private record Image(SimFile file, Path path, byte[] bytes)
    {
    }

    private final SimDisk disk;
    private final List<MappedRegion> regions = new ArrayList<>();
    private final List<Image> images = new ArrayList<>();
    private long operations;
    private long diesAt = Long.MAX_VALUE;
    private boolean isAlive = true;

    SimStorage(final SimDisk disk)
    {
        this.disk = disk;
    }

    /**
     * @return whether the process lives.
     */
    public boolean isAlive()
    {
        return isAlive;
    }

    /**
     * Let the process end at an operation, before it has an effect.
     *
     * @param count of operations that are still done.
     */
    public void dieAfter(final long count)
    {
        diesAt = operations + count + 1;
    }

    /**
     * @return operations that were begun.
     */
    public long operations()
    {
        return operations;
    }

    /** The process is gone. */
    void end()
    {
        isAlive = false;
        regions.forEach(MappedRegion::drop);
        regions.clear();
        images.clear();
    }

    /** Remember what stands in the mapped files: the process will die while it stores. */
    void beginLastStores()
    {
        images.clear();
        for (final MappedRegion region : regions)
        {
            if (null != region.path)
            {
                images.add(new Image(region.file, region.path, region.file.image()));
            }
        }
    }

    /**
     * The process died while it stored: of each log, in the order of its segments, what was stored up to some byte
     * stands.
     *
     * @param site of the dice.
     * @return bytes that were taken back.
     */
    int tearLastStores(final Site site)
    {
        int taken = 0;
        Path directory = null;
        boolean isBehind = false;
        images.sort((a, b) -> a.path.compareTo(b.path));
        for (final Image image : images)
        {
            final int changed = image.file.changedBytes(image.bytes);
            if (!image.path.getParent().equals(directory))
            {
                directory = image.path.getParent();
                isBehind = false;
            }
            if (changed > 0)
            {
                final int keep = isBehind ? 0 : site.nextInt(changed + 1);
                image.file.takeBack(image.bytes, keep);
                isBehind |= keep < changed;
                taken += changed - keep;
            }
        }
        images.clear();

        return taken;
    }

    private void step()
    {
        if (++operations >= diesAt && isAlive)
        {
            end();
        }
        if (!isAlive)
        {
            throw new ProcessKilled();
        }
    }

    private SimDirectory directory(final Path path)
    {
        SimDirectory directory = disk.root();
        for (int i = 0; null != path && i < path.getNameCount() && null != directory; i++)
        {
            directory = directory.names().get(path.getName(i).toString()) instanceof final SimDirectory next ?
                next : null;
        }

        return directory;
    }

    private SimDirectory parent(final Path path) throws IOException
    {
        final SimDirectory directory = directory(path.getParent());
        if (null == directory)
        {
            throw new IOException("no such directory: " + path.getParent());
        }

        return directory;
    }

    private Object find(final Path path)
    {
        final SimDirectory directory = directory(path.getParent());
        return null == directory ? null : directory.names().get(name(path));
    }

    private SimFile file(final Path path) throws IOException
    {
        if (find(path) instanceof final SimFile file)
        {
            return file;
        }

        throw new IOException("no such file: " + path);
    }

    private static String name(final Path path)
    {
        return path.getFileName().toString();
    }

    @Override
    public void createDirectories(final Path path) throws IOException
    {
        SimDirectory directory = disk.root();
        for (int i = 0; i < path.getNameCount(); i++)
        {
            final String name = path.getName(i).toString();
            final Object node = directory.names().get(name);
            if (null == node)
            {
                step();
                final SimDirectory created = new SimDirectory();
                directory.link(name, created);
                directory = created;
            }
            else if (node instanceof final SimDirectory next)
            {
                directory = next;
            }
            else
            {
                throw new IOException("not a directory: " + path);
            }
        }
    }

    @Override
    public void create(final Path path, final long length) throws IOException
    {
        step();
        final SimDirectory directory = parent(path);
        if (directory.names().containsKey(name(path)))
        {
            throw new IOException("exists: " + path);
        }
        final SimFile file = new SimFile();
        directory.link(name(path), file);
        step();
        file.resize(Math.toIntExact(length));
        disk.touch(file);
    }

    @Override
    public void preallocate(final Path path, final long position, final long length) throws IOException
    {
        step();
        final SimFile file = file(path);
        allocate(path, file, (int)(position + length));
        file.zero((int)position, (int)(position + length));
        disk.touch(file);
    }

    private void allocate(final Path path, final SimFile file, final int end) throws IOException
    {
        if (end - file.allocated() > disk.left())
        {
            throw new IOException(path + ": no space left on the disk");
        }
        disk.allocate(file, Math.max(end, file.allocated()));
    }

    @Override
    public void truncate(final Path path, final long length) throws IOException
    {
        step();
        final SimFile file = file(path);
        file.resize(Math.toIntExact(length));
        disk.allocate(file, Math.min(file.allocated(), file.length()));
        disk.touch(file);
    }

    @Override
    public Region map(final Path path, final int length) throws IOException
    {
        step();
        final SimFile file = file(path);
        if (file.length() < length)
        {
            throw new IOException(path + " is " + file.length() + " bytes long, expected " + length);
        }
        final MappedRegion region = new MappedRegion(file, path, length);
        regions.add(region);
        file.mapped(1);

        return region;
    }

    @Override
    public void force(final Path path) throws IOException
    {
        final SimFile file = file(path);
        force(file, path, 0, file.length());
    }

    private void force(final SimFile file, final Path path, final int from, final int to) throws IOException
    {
        step();
        if (path.toString().endsWith(LOG_SUFFIX) && disk.takeFailure())
        {
            file.lose(from, to);
            throw new IOException(path + ": input/output error");
        }
        // The power may go while it is written.
        file.sync(from, from + (to - from) / 2);
        step();
        file.sync(from, to);
        disk.touch(file);
    }

    @Override
    public void syncDirectory(final Path path) throws IOException
    {
        step();
        final SimDirectory directory = directory(path);
        if (null == directory)
        {
            throw new IOException("no such directory: " + path);
        }
        directory.sync();
    }

    @Override
    public void rename(final Path from, final Path to) throws IOException
    {
        step();
        final SimDirectory source = parent(from);
        if (!source.names().containsKey(name(from)))
        {
            throw new IOException("no such file: " + from);
        }
        final SimDirectory target = parent(to);
        final Object replaced = target.names().get(name(to));
        if (replaced instanceof SimDirectory)
        {
            throw new IOException("a directory is in the way: " + to);
        }
        if (replaced instanceof final SimFile file)
        {
            disk.allocate(file, 0);
        }
        if (source != target)
        {
            throw new IOException("moves between directories are not simulated: " + from + " to " + to);
        }
        source.move(name(from), name(to));
        for (final MappedRegion region : regions)
        {
            region.renamed(from, to);
        }
    }

    @Override
    public boolean delete(final Path path) throws IOException
    {
        step();
        final Object node = find(path);
        if (null == node)
        {
            return false;
        }
        if (node instanceof final SimDirectory directory && !directory.names().isEmpty())
        {
            throw new IOException("not empty: " + path);
        }
        if (node instanceof final SimFile file)
        {
            disk.allocate(file, 0);
        }
        parent(path).unlink(name(path));

        return true;
    }

    @Override
    public List<Path> list(final Path path)
    {
        final SimDirectory directory = directory(path);
        if (null == directory)
        {
            return List.of();
        }
        final List<Path> paths = new ArrayList<>(directory.names().size());
        for (final String name : directory.names().keySet())
        {
            paths.add(path.resolve(name));
        }

        return paths;
    }

    @Override
    public boolean exists(final Path path)
    {
        return 0 == path.getNameCount() || null != find(path);
    }

    @Override
    public long length(final Path path) throws IOException
    {
        return file(path).length();
    }

    @Override
    public long usableSpace(final Path path)
    {
        return Math.max(0, disk.left());
    }

    @Override
    public byte[] read(final Path path) throws IOException
    {
        step();
        return file(path).image();
    }

    @Override
    public void read(final Path path, final long position, final ByteBuffer target) throws IOException
    {
        step();
        final SimFile file = file(path);
        final int length = (int)Math.max(0, Math.min(target.remaining(), file.length() - position));
        if (length > 0)
        {
            target.put(file.bytes(), (int)position, length);
        }
    }

    @Override
    public void replace(final Path path, final byte[] bytes) throws IOException
    {
        final Path replacement = path.resolveSibling(path.getFileName() + REPLACEMENT_SUFFIX);
        if (!exists(replacement))
        {
            create(replacement, 0);
        }
        final SimFile file = file(replacement);
        file.resize(0);
        step();
        allocate(replacement, file, bytes.length);
        file.resize(bytes.length);
        // A write stops where the process ends.
        file.write(bytes, bytes.length / 2);
        step();
        file.write(bytes, bytes.length);
        force(file, replacement, 0, bytes.length);
        rename(replacement, path);
        syncDirectory(path.getParent());
    }

    private final class MappedRegion implements Region
    {
        private final SimFile file;
        private final UnsafeBuffer buffer;
        private Path path;

        private MappedRegion(final SimFile file, final Path path, final int length)
        {
            this.file = file;
            this.path = path;
            this.buffer = new UnsafeBuffer(file.bytes(), 0, length);
        }

        private void renamed(final Path from, final Path to)
        {
            if (null != path && path.startsWith(from))
            {
                path = path.equals(from) ? to : to.resolve(from.relativize(path));
            }
        }

        @Override
        public UnsafeBuffer buffer()
        {
            return buffer;
        }

        @Override
        public void force(final int index, final int length) throws IOException
        {
            SimStorage.this.force(file, path, index, index + length);
        }

        @Override
        public void unmap()
        {
            if (regions.remove(this))
            {
                drop();
            }
        }

        private void drop()
        {
            file.mapped(-1);
            buffer.wrap(0, 0);
        }
    }
}
