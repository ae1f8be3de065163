package io.epona.broker;

import io.aeron.CncFileDescriptor;
import io.aeron.CommonContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * What lies in the directory of the media driver when a broker starts: nothing, a driver that lives, one that was
 * killed; and a file system that is too small for it.
 */
class AeronDirectoryTest
{
    private static final long HEARTBEAT_TIMEOUT_MS = 4000;
    private static final int DEADLINE_S = 30;

    @RegisterExtension
    private final BrokerReports reports = new BrokerReports();
    @TempDir
    private Path dir;

    private Broker.Context context(final Path aeron)
    {
        return new Broker.Context()
            .dataDir(dir.resolve("data"))
            .aeronDirectoryName(aeron.toString())
            .listen("127.0.0.1", 0)
            .invoked(true);
    }

    @Test
    void sparesALivingDriverAndDeletesWhatAKilledOneLeft() throws Exception
    {
        final Path aeron = dir.resolve("aeron");
        final Process driver = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--add-opens",
            "java.base/jdk.internal.misc=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            DriverChild.class.getName(),
            aeron.toString()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try
        {
            assertEquals("driving " + aeron, driver.inputReader(StandardCharsets.UTF_8).readLine());
            final BrokerException ex = assertThrows(BrokerException.class, () -> reports.launch(context(aeron)));
            assertTrue(ex.getMessage().contains("a media driver is active in " + aeron), ex::getMessage);
            assertFalse(ex.isConfiguration());
            assertTrue(driver.isAlive());
        }
        finally
        {
            driver.destroyForcibly();
            assertTrue(driver.waitFor(DEADLINE_S, TimeUnit.SECONDS));
        }

        final Path cnc = aeron.resolve(CncFileDescriptor.CNC_FILE);
        assertTrue(Files.exists(cnc), "a killed driver leaves its files");
        Await.until(
            "a heartbeat that is old",
            () -> {},
            () -> !CommonContext.isDriverActive(aeron.toFile(), HEARTBEAT_TIMEOUT_MS, (detail) -> {}));
        final Path marker = Files.createFile(aeron.resolve("of the dead"));
        try (Broker broker = reports.launch(context(aeron)))
        {
            broker.invoke();
            assertTrue(broker.isRunning());
            assertTrue(Files.exists(cnc));
            assertFalse(Files.exists(marker));
        }
        assertFalse(Files.exists(aeron));
    }

    @Test
    void givesEachDataDirectoryAPrivateOneThatARestartFindsAgain()
    {
        final Path own = AeronDirectory.of(null, dir.resolve("data")).path();
        assertEquals(own, AeronDirectory.of(null, dir.resolve("data")).path());
        assertNotEquals(own, AeronDirectory.of(null, dir.resolve("data2")).path());
    }

    @Test
    void refusesAFileSystemThatIsTooSmall() throws Exception
    {
        final Path mount = Files.createDirectory(dir.resolve("shm"));
        assumeTrue(
            0 == run("mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", mount.toString()),
            "only root can mount a small file system, and not in every container");
        try
        {
            final Path aeron = mount.resolve("aeron");
            final BrokerException ex = assertThrows(BrokerException.class, () -> reports.launch(context(aeron)));
            assertTrue(ex.getMessage().contains(mount + " has 20 MiB free, the broker needs "), ex::getMessage);
            assertTrue(ex.getMessage().contains("--shm-size"), ex::getMessage);
            assertFalse(ex.isConfiguration());
            assertFalse(Files.exists(aeron));
            assertTrue(Files.exists(dir.resolve("data").resolve("clean")), "the engine was closed in order");
        }
        finally
        {
            assertEquals(0, run("umount", mount.toString()));
        }
    }

    private static int run(final String... command) throws InterruptedException
    {
        try
        {
            return new ProcessBuilder(command).redirectErrorStream(true).start().waitFor();
        }
        catch (final IOException ex)
        {
            // There is no such program.
            return -1;
        }
    }
}
