package io.epona.jmh.storage;

import org.agrona.IoUtil;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A directory of one stretch, deleted after it.
 */
final class WorkDirectory implements AutoCloseable
{
    final Path path;

    WorkDirectory(final Path parent)
    {
        try
        {
            path = Files.createTempDirectory(parent, "epona-storage-");
        }
        catch (final IOException ex)
        {
            throw new UncheckedIOException(ex);
        }
    }

    @Override
    public void close()
    {
        IoUtil.delete(path.toFile(), false);
    }
}
