package io.epona.broker;

import io.aeron.CncFileDescriptor;
import io.aeron.CommonContext;
import org.agrona.IoUtil;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * Where the media driver of a broker keeps its files. Used by the thread that launches.
 */
final class AeronDirectory
{
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");
    /** A driver that lives writes its heartbeat every second at the latest. */
    private static final long HEARTBEAT_TIMEOUT_MS = 4000;

    private final Path path;
    private final boolean isPrivate;

    private AeronDirectory(final Path path, final boolean isPrivate)
    {
        this.path = path;
        this.isPrivate = isPrivate;
    }

    /**
     * The directory that was asked for, or the private one of a data directory. The name of the private one depends on
     * the data directory alone: whoever holds its lock may delete what a killed broker left there.
     *
     * @param configured name, or null.
     * @param dataDir    of the engine, absolute.
     * @return the directory.
     */
    static AeronDirectory of(final String configured, final Path dataDir)
    {
        if (null != configured)
        {
            return new AeronDirectory(Path.of(configured).toAbsolutePath().normalize(), false);
        }

        final Path base = Files.isWritable(SHARED_MEMORY) ?
            SHARED_MEMORY : Path.of(System.getProperty("java.io.tmpdir"));
        final String user = System.getProperty("user.name").replaceAll("[^a-zA-Z0-9._-]", "_");
        return new AeronDirectory(base.resolve("epona-" + user + "-" + hash(dataDir)), true);
    }

    /**
     * A short name for a path.
     *
     * @param path absolute.
     * @return 16 hex digits.
     */
    static String hash(final Path path)
    {
        // FNV-1a: stable over JVMs, and 64 bits are enough for the data directories of one machine.
        long hash = 0xCBF29CE484222325L;
        for (final byte b : path.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8))
        {
            hash = (hash ^ (b & 0xFF)) * 0x100000001B3L;
        }
        return String.format("%016x", hash);
    }

    Path path()
    {
        return path;
    }

    /**
     * @return an existing directory of the file system that the files will lie on.
     */
    Path existingParent()
    {
        Path parent = path;
        while (null != parent && !Files.isDirectory(parent))
        {
            parent = parent.getParent();
        }
        return null == parent ? Path.of("/") : parent;
    }

    /**
     * Delete what a dead driver left. The data directory must be locked.
     *
     * @throws BrokerException where a driver is alive there.
     */
    void clean()
    {
        final File directory = path.toFile();
        if (!directory.exists())
        {
            return;
        }
        final boolean isAeron = new File(directory, CncFileDescriptor.CNC_FILE).exists();
        final String[] files = directory.list();
        if (!isAeron && (null == files || files.length > 0))
        {
            throw BrokerException.configuration(
                "aeron.dir=" + path + " holds other files: it is deleted when the broker stops, so name a directory " +
                "of its own");
        }
        if (!isPrivate && isAeron &&
            CommonContext.isDriverActive(directory, HEARTBEAT_TIMEOUT_MS, AeronDirectory::ignoreDetail))
        {
            throw BrokerException.infrastructure(
                "a media driver is active in " + path + ": stop it, or choose another directory with " +
                "--set aeron.dir=DIR (a driver that was killed counts as active for 4 seconds)",
                null);
        }
        IoUtil.delete(directory, false);
    }

    private static void ignoreDetail(final String detail)
    {
        // The driver's state is told by the result; its paths and ages mean nothing to whoever starts a broker.
    }

    /**
     * IPC clients share writable memory with the broker: only its own user may.
     */
    void restrict()
    {
        try
        {
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx------"));
        }
        catch (final IOException | UnsupportedOperationException ex)
        {
            throw BrokerException.infrastructure("cannot restrict " + path + " to its owner: " + ex, ex);
        }
    }

    /**
     * Delete what is left after the driver was closed.
     */
    void delete()
    {
        if (Files.exists(path))
        {
            IoUtil.delete(path.toFile(), true);
        }
    }
}
