package io.epona.engine.log;

import java.nio.file.Path;

/**
 * What a log lost by something else than a crash: below its recovery point, or while it was in use.
 *
 * @param file     in which it was found.
 * @param offset   from which on records cannot be read.
 * @param position in the file.
 * @param reason   why the bytes there are not what the log had.
 */
public record LogDamage(Path file, long offset, long position, String reason)
{
    /**
     * @return what is wrong and what to do about it, for people.
     */
    public String message()
    {
        return file + ": damaged at position " + position + ", offset " + offset + " (" + reason +
            "). Nothing was changed. Put the file back from a copy and restart; or give up the records from the " +
            "damage on: create an empty file " + LogRecovery.ACCEPT_LOSS_FILE_NAME + " in " + file.getParent() +
            " and restart; or delete the topic";
    }
}
