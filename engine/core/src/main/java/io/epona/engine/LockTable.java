package io.epona.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Tells whether a file is locked without touching it: a process that opens and closes a file loses the locks it has on
 * it, and a tool in the engine's own process would let the next engine in. On Linux the kernel lists all locks; where
 * it does not, nothing counts as locked.
 * <p>
 * Stateless: any thread. Blocks.
 */
final class LockTable
{
    private static final Path LOCKS = Path.of("/proc/locks");
    private static final int TYPE_FIELD = 1;
    private static final int MODE_FIELD = 3;
    private static final int FILE_FIELD = 5;
    private static final int FIELDS = 6;

    private LockTable()
    {
    }

    /**
     * @param file to look for.
     * @return whether some process on this host holds it for writing, as far as the kernel lets this one see.
     */
    static boolean isLocked(final Path file)
    {
        try
        {
            return Files.exists(file) && Files.isReadable(LOCKS) && isListed(Files.readString(LOCKS), file);
        }
        catch (final IOException | UnsupportedOperationException ex)
        {
            // No such table on this system: the inspection can still be told that an engine runs.
            return false;
        }
    }

    private static boolean isListed(final String locks, final Path file) throws IOException
    {
        // The inode alone: the device that the table names is not the one that stat does on every file system.
        final String inode = ":" + Files.getAttribute(file, "unix:ino");
        return locks.lines()
            .map((line) -> line.trim().split("\\s+"))
            .anyMatch((fields) -> fields.length >= FIELDS && "POSIX".equals(fields[TYPE_FIELD]) &&
                "WRITE".equals(fields[MODE_FIELD]) && fields[FILE_FIELD].endsWith(inode));
    }
}
