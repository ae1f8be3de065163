package io.epona.transport;

import io.aeron.CncFileDescriptor;
import io.aeron.CommonContext;
import org.agrona.IoUtil;
import org.agrona.SystemUtil;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.SystemEpochClock;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Directories of the private media drivers of clients: {@code epona-client-USER-PID-UUID}. A process that is killed
 * leaves its directory behind, in shared memory, so whoever launches the next driver deletes those whose process is
 * dead and whose driver does not breathe. Any thread.
 */
final class PrivateDrivers
{
    /** A driver that lives writes its heartbeat every second at the latest. */
    static final long HEARTBEAT_TIMEOUT_MS = 10_000;

    private static final Pattern NAME =
        Pattern.compile("epona-client-(.+)-([0-9]{1,18})-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}");
    /** Those of this process: its id does not tell them from those of a dead one that had the same id. */
    private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

    private final Path parent;
    private final String user;
    private final EpochClock clock;
    private final LongPredicate isAlive;

    PrivateDrivers(final Path parent)
    {
        this(parent, SystemEpochClock.INSTANCE, PrivateDrivers::isProcessAlive);
    }

    PrivateDrivers(final Path parent, final EpochClock clock, final LongPredicate isAlive)
    {
        this.parent = parent;
        this.user = System.getProperty("user.name", "default").replaceAll("[^a-zA-Z0-9._-]", "_");
        this.clock = clock;
        this.isAlive = isAlive;
    }

    /** @return a directory that nobody else has, to be given back by {@link #release}. */
    Path take()
    {
        final Path directory = parent.resolve(name(SystemUtil.getPid()));
        OWN.add(directory);
        return directory;
    }

    String name(final long pid)
    {
        return "epona-client-" + user + "-" + pid + "-" + UUID.randomUUID();
    }

    /** The driver of this directory is closed. */
    static void release(final Path directory)
    {
        OWN.remove(directory);
    }

    /**
     * Delete what dead processes of this user left. What cannot be looked at or deleted stays: it may belong to
     * somebody else, or another client deletes it at this moment.
     *
     * @return number of directories that were deleted.
     * @throws IOException where the parent cannot be listed.
     */
    int deleteDead() throws IOException
    {
        int count = 0;
        try (DirectoryStream<Path> directories = Files.newDirectoryStream(parent, "epona-client-*"))
        {
            for (final Path directory : directories)
            {
                if (isDead(directory))
                {
                    IoUtil.delete(directory.toFile(), true);
                    count += Files.exists(directory) ? 0 : 1;
                }
            }
        }
        catch (final DirectoryIteratorException ex)
        {
            throw ex.getCause();
        }
        return count;
    }

    private boolean isDead(final Path directory) throws IOException
    {
        final Matcher matcher = NAME.matcher(directory.getFileName().toString());
        if (!matcher.matches() || !matcher.group(1).equals(user) || OWN.contains(directory) ||
            !Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS) || !Files.isWritable(directory))
        {
            return false;
        }
        final long pid = Long.parseLong(matcher.group(2));
        if (pid != SystemUtil.getPid() && isAlive.test(pid))
        {
            return false;
        }
        // the id may be one of another container that shares this memory: only a driver that is silent is dead
        final File cnc = directory.resolve(CncFileDescriptor.CNC_FILE).toFile();
        return cnc.exists() ? !isBreathing(directory) : isOld(directory);
    }

    private static boolean isBreathing(final Path directory)
    {
        return CommonContext.isDriverActive(directory.toFile(), HEARTBEAT_TIMEOUT_MS, PrivateDrivers::ignoreDetail);
    }

    private static void ignoreDetail(final String detail)
    {
        // told by the result
    }

    /** Another client may be about to launch its driver. */
    private boolean isOld(final Path directory) throws IOException
    {
        try
        {
            return clock.time() - Files.getLastModifiedTime(directory).toMillis() > HEARTBEAT_TIMEOUT_MS;
        }
        catch (final NoSuchFileException ex)
        {
            // another client was quicker
            return false;
        }
    }

    private static boolean isProcessAlive(final long pid)
    {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }
}
