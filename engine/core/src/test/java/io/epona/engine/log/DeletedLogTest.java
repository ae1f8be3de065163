package io.epona.engine.log;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class DeletedLogTest
{
    private static final int RECORDS = 200;

    @TempDir
    private Path temp;

    /** Otherwise a start takes it for damaged, and its broker for one that lost something. */
    @Test
    void leavesTheWholeLogOrNoneWhereverItEnds() throws IOException
    {
        boolean wasWhole = false;
        boolean wasGone = false;
        boolean isCrashed = true;
        for (int operations = 0; isCrashed; operations++)
        {
            final LogFixture log =
                new LogFixture(temp.resolve("t" + operations), new LogConfig(64 * 1024, -1, 16 * 1024)).create();
            log.appendMany(RECORDS, 1000);
            log.settle();
            log.appender.owner(null);
            log.storage.crashAfter(operations);
            isCrashed = isCrashedOver(log);
            log.storage.heal();
            if (Files.exists(log.directory))
            {
                wasWhole = true;
                log.open(null);
                assertNull(log.log.damage());
                assertEquals(RECORDS, log.readFrom(0));
                assertEquals(List.of(), log.cuts);
                log.close();
                log.storage.heal();
            }
            else
            {
                wasGone = true;
            }

            DeletedLog.delete(log.storage, log.directory);
            assertFalse(Files.exists(log.directory));
            assertFalse(Files.exists(log.directory.resolveSibling(log.directory.getFileName() + DeletedLog.SUFFIX)));
        }
        assertTrue(wasWhole && wasGone);
    }

    private static boolean isCrashedOver(final LogFixture log)
    {
        try
        {
            assertTrue(log.log.delete());
            return false;
        }
        catch (final IOException ex)
        {
            assertTrue(ex.getMessage().startsWith("injected"), ex::toString);
            assertThrows(IOException.class, log.log::delete, "again");
            return true;
        }
    }
}
