package io.epona.engine;

import io.epona.codecs.ResultCode;
import io.epona.engine.log.DeletedLog;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The directory of one engine: {@code lock}, {@code broker.meta}, {@code local.meta}, {@code clean},
 * {@code checkpoint}, and a directory {@code <topic>-<partition>.<topic id, 16 hex digits>} for each partition.
 * <p>
 * Used by the launching thread, then by the housekeeper, then by the closing thread. Every method blocks.
 */
public final class DataDirectory implements AutoCloseable
{
    /** Behind the name of a directory that belongs to no topic. */
    public static final String STRAY_SUFFIX = ".stray";

    private final Path path;
    private final Storage storage;
    private final DirectoryLock lock;

    /**
     * A directory that looks like a partition's.
     *
     * @param path      of the directory.
     * @param topicId   in its name.
     * @param partition in its name.
     */
    public record PartitionDirectory(Path path, long topicId, int partition)
    {
    }

    private DataDirectory(final Path path, final Storage storage, final DirectoryLock lock)
    {
        this.path = path;
        this.storage = storage;
        this.lock = lock;
    }

    /**
     * Create the directory where it does not exist, and lock it.
     *
     * @param path    of the directory.
     * @param storage beneath it.
     * @return the directory, held until it is closed.
     * @throws EngineException naming it: INVALID_CONFIG where it cannot be used; LIMIT_REACHED where it is in use, and
     *                         by whom: it takes one engine, and the same start succeeds when that has ended.
     */
    static DataDirectory open(final Path path, final Storage storage)
    {
        try
        {
            storage.createDirectories(path);
        }
        catch (final IOException ex)
        {
            throw new EngineException(
                ResultCode.INVALID_CONFIG,
                "the data directory " + path + " cannot be created (" + ex + "): check its path and permissions",
                ex);
        }

        return new DataDirectory(path, storage, DirectoryLock.acquire(path));
    }

    /**
     * Create the directory where it does not exist. Somebody else keeps others off it.
     *
     * @param path    of the directory.
     * @param storage beneath it.
     * @return the directory.
     * @throws IOException where it cannot be created.
     */
    public static DataDirectory openUnlocked(final Path path, final Storage storage) throws IOException
    {
        storage.createDirectories(path);
        return new DataDirectory(path, storage, null);
    }

    /**
     * @return path of the directory.
     */
    public Path path()
    {
        return path;
    }

    /**
     * @param topic     name, checked before.
     * @param partition number.
     * @param topicId   of the topic.
     * @return path of the partition's directory.
     */
    public Path partitionPath(final String topic, final int partition, final long topicId)
    {
        return path.resolve(topic + '-' + partition + '.' + String.format("%016x", topicId));
    }

    /**
     * @return identity of the directory, or null where it has none yet.
     * @throws IOException     where it cannot be read.
     * @throws EngineException DATA_LOSS where the file is damaged.
     */
    public BrokerMeta readMeta() throws IOException
    {
        final Path file = path.resolve(BrokerMeta.FILE_NAME);
        if (!storage.exists(file))
        {
            return null;
        }

        final byte[] bytes = storage.read(file);
        final String damage = BrokerMeta.damage(bytes);
        if (null != damage)
        {
            throw new EngineException(
                ResultCode.DATA_LOSS,
                "the file " + file + ", which says whose directory this is, is damaged (" + damage +
                "). Put back a copy of it from a backup of the directory.");
        }

        return BrokerMeta.decode(bytes);
    }

    /**
     * @param meta identity of the directory.
     * @throws IOException where it cannot be written.
     */
    public void writeMeta(final BrokerMeta meta) throws IOException
    {
        storage.replace(path.resolve(BrokerMeta.FILE_NAME), meta.encode());
    }

    /**
     * Take the clean marker away, durably: from here on a crash means that the logs are to be scanned.
     *
     * @param reporter told of a marker that is damaged.
     * @return the marker, or null where there is none to believe.
     * @throws IOException where it cannot be read or deleted.
     */
    public CleanMarker takeMarker(final Reporter reporter) throws IOException
    {
        final Path file = path.resolve(CleanMarker.FILE_NAME);
        if (!storage.exists(file))
        {
            return null;
        }

        final byte[] bytes = storage.read(file);
        storage.delete(file);
        storage.syncDirectory(path);

        return decodeMarker(bytes, reporter);
    }

    /**
     * Look at the clean marker and leave it where it is: for tools and tests. A start takes it away.
     *
     * @param reporter told of a marker that is damaged.
     * @return the marker, or null where there is none to believe.
     * @throws IOException where it cannot be read.
     */
    public CleanMarker peekMarker(final Reporter reporter) throws IOException
    {
        final Path file = path.resolve(CleanMarker.FILE_NAME);
        return storage.exists(file) ? decodeMarker(storage.read(file), reporter) : null;
    }

    private CleanMarker decodeMarker(final byte[] bytes, final Reporter reporter)
    {
        final Path file = path.resolve(CleanMarker.FILE_NAME);
        final String damage = CleanMarker.damage(bytes);
        if (null != damage)
        {
            reporter.report(
                ResultCode.INTERNAL,
                "the clean marker " + file + " was damaged (" + damage + "): every log is scanned instead",
                null);
            return null;
        }

        return CleanMarker.decode(bytes);
    }

    /**
     * @param reporter told of a checkpoint that is damaged.
     * @return the checkpoint, empty where there is none to believe.
     */
    public Checkpoint readCheckpoint(final Reporter reporter)
    {
        final Path file = path.resolve(Checkpoint.FILE_NAME);
        if (!storage.exists(file))
        {
            return new Checkpoint(List.of());
        }

        String damage;
        try
        {
            final byte[] bytes = storage.read(file);
            damage = Checkpoint.damage(bytes);
            if (null == damage)
            {
                return Checkpoint.decode(bytes);
            }
        }
        catch (final IOException ex)
        {
            damage = ex.toString();
        }
        reporter.report(
            ResultCode.INTERNAL,
            "the checkpoint " + file + " is damaged (" + damage + "): the logs are scanned from their beginning",
            null);

        return new Checkpoint(List.of());
    }

    /**
     * @return the file of the checkpoint.
     */
    public Path checkpointFile()
    {
        return path.resolve(Checkpoint.FILE_NAME);
    }

    /**
     * @param marker to write, last.
     * @throws IOException where it cannot be written.
     */
    public void writeMarker(final CleanMarker marker) throws IOException
    {
        storage.replace(path.resolve(CleanMarker.FILE_NAME), marker.encode());
    }

    /**
     * @return directories that look like a partition's, by name.
     * @throws IOException where they cannot be listed.
     */
    public List<PartitionDirectory> partitionDirectories() throws IOException
    {
        final List<PartitionDirectory> found = new ArrayList<>();
        for (final Path entry : storage.list(path))
        {
            final PartitionDirectory directory = parse(entry);
            if (null != directory)
            {
                found.add(directory);
            }
        }

        return found;
    }

    /**
     * Give a directory that belongs to no topic a name that says so.
     *
     * @param directory to put aside.
     * @return its new path.
     * @throws IOException where it cannot be renamed.
     */
    public Path putAside(final Path directory) throws IOException
    {
        Path aside = directory.resolveSibling(directory.getFileName() + STRAY_SUFFIX);
        for (int i = 2; storage.exists(aside); i++)
        {
            aside = directory.resolveSibling(directory.getFileName() + STRAY_SUFFIX + i);
        }
        storage.rename(directory, aside);
        storage.syncDirectory(path);

        return aside;
    }

    /**
     * Delete a partition's directory and what is in it.
     *
     * @param directory to delete; nothing happens where it does not exist.
     * @throws IOException where something cannot be deleted; the rest may be gone.
     */
    public void deletePartition(final Path directory) throws IOException
    {
        DeletedLog.delete(storage, directory);
    }

    /**
     * Go on with deletions that a former life had begun.
     *
     * @throws IOException where something cannot be deleted; the rest may be gone.
     */
    public void finishDeletions() throws IOException
    {
        for (final Path entry : storage.list(path))
        {
            final String name = entry.getFileName().toString();
            if (name.endsWith(DeletedLog.SUFFIX) && null != parse(entry.resolveSibling(
                name.substring(0, name.length() - DeletedLog.SUFFIX.length()))))
            {
                DeletedLog.remove(storage, entry);
            }
        }
    }

    /**
     * Make the names in it durable.
     *
     * @throws IOException where that fails.
     */
    public void sync() throws IOException
    {
        storage.syncDirectory(path);
    }

    @Override
    public void close() throws IOException
    {
        if (null != lock)
        {
            lock.close();
        }
    }

    /**
     * @return what the name of a partition's directory says, or null where it is none.
     */
    static PartitionDirectory parse(final Path entry)
    {
        final String name = entry.getFileName().toString();
        final int dot = name.lastIndexOf('.');
        final int dash = name.lastIndexOf('-', Math.max(dot, 0));
        if (dash < 1 || dot < dash || !TopicNames.isValid(name.substring(0, dash)))
        {
            return null;
        }

        final String index = name.substring(dash + 1, dot);
        final String hex = name.substring(dot + 1);
        if (!index.matches("[0-9]{1,4}") || !hex.matches("[0-9a-f]{16}"))
        {
            return null;
        }

        return new PartitionDirectory(entry, Long.parseUnsignedLong(hex, 16), Integer.parseInt(index));
    }
}
