package io.epona.engine.log;

import io.epona.engine.Storage;

import java.io.IOException;
import java.nio.file.Path;

/**
 * The directory of a log on its way out. It gets another name before its files go, so that a process that dies over it
 * leaves no log with holes, which would pass for damage. Any thread, one at a time for a directory.
 */
public final class DeletedLog
{
    /** Behind the name of the directory. */
    public static final String SUFFIX = ".deleted";

    private DeletedLog()
    {
    }

    /**
     * Delete a log that nobody has open.
     *
     * @param storage   beneath it.
     * @param directory of the log; nothing happens where it does not exist.
     * @throws IOException where something cannot be deleted: call again. The log may be gone already.
     */
    public static void delete(final Storage storage, final Path directory) throws IOException
    {
        final Path renamed = directory.resolveSibling(directory.getFileName() + SUFFIX);
        if (storage.exists(directory))
        {
            remove(storage, renamed);
            storage.rename(directory, renamed);
            storage.syncDirectory(directory.toAbsolutePath().getParent());
        }
        remove(storage, renamed);
    }

    /**
     * Remove what is left of a log that was deleted.
     *
     * @param storage beneath it.
     * @param renamed directory.
     * @throws IOException where something cannot be deleted: call again.
     */
    public static void remove(final Storage storage, final Path renamed) throws IOException
    {
        for (final Path file : storage.list(renamed))
        {
            storage.delete(file);
        }
        storage.delete(renamed);
    }
}
