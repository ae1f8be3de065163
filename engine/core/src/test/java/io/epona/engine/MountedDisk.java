package io.epona.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * A small file system of its own, in memory, that can really be full or read-only. Tests that want one are skipped
 * where mounting is not allowed.
 */
public final class MountedDisk implements AutoCloseable
{
    private final Path directory;

    private MountedDisk(final Path directory)
    {
        this.directory = directory;
    }

    public static MountedDisk mount(final Path directory, final String size) throws IOException
    {
        Files.createDirectories(directory);
        final String refusal = run("mount", "-t", "tmpfs", "-o", "size=" + size, "none", directory.toString());
        assumeTrue(null == refusal, () -> "a file system cannot be mounted here: " + refusal);

        return new MountedDisk(directory);
    }

    public Path path()
    {
        return directory;
    }

    void makeReadOnly()
    {
        final String refusal = run("mount", "-o", "remount,ro", directory.toString());
        assumeTrue(null == refusal, () -> "a file system cannot be remounted here: " + refusal);
    }

    /** Null where it went well, else what it said. */
    private static String run(final String... command)
    {
        try
        {
            final Process process = new ProcessBuilder(List.of(command)).redirectErrorStream(true).start();
            final String said = new String(process.getInputStream().readAllBytes());
            return 0 == process.onExit().join().exitValue() ? null : said;
        }
        catch (final IOException ex)
        {
            return ex.toString();
        }
    }

    @Override
    public void close()
    {
        // Lazily: mappings that wait for the garbage collector hold it.
        run("umount", "-l", directory.toString());
    }
}
