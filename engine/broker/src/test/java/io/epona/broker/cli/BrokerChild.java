package io.epona.broker.cli;

import io.epona.broker.Await;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.errors.ErrorLogReader;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.MappedByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A broker in a process of its own, on free ports, that can be stopped and killed.
 */
final class BrokerChild implements AutoCloseable
{
    private static final Pattern READY = Pattern.compile(
        "Epona broker is ready: (epona:udp\\?endpoint=(127\\.0\\.0\\.1:[0-9]+))\n" +
        "  on this host also: epona:ipc\\?dir=(.+)\n" +
        "Next, in another terminal:\n" +
        "  epona topics create demo --partitions 1 --bootstrap \\2\n" +
        "  epona produce demo --bootstrap \\2\n");

    private final Cli.Command command;
    private final Path dataDir;
    private final boolean isAfterKill;
    private final String uri;
    private final String endpoint;
    private final Path aeronDirectory;

    private BrokerChild(
        final Cli.Command command, final Path dataDir, final boolean isAfterKill, final Matcher ready)
    {
        this.command = command;
        this.dataDir = dataDir;
        this.isAfterKill = isAfterKill;
        this.uri = ready.group(1);
        this.endpoint = ready.group(2);
        this.aeronDirectory = Path.of(ready.group(3));
    }

    /** Start a broker and wait for its ready lines. */
    static BrokerChild start(final Cli cli, final Path dataDir) throws IOException
    {
        final boolean isAfterKill = Files.exists(dataDir) && !Files.exists(dataDir.resolve("clean"));
        final Cli.Command command =
            cli.start(null, "broker", "--set", "data.dir=" + dataDir, "--set", "listen=127.0.0.1:0");
        boolean isReady = false;
        try
        {
            Await.until(
                "a broker that is ready",
                () -> assertTrue(command.process().isAlive(), () -> text(command.err())),
                () -> text(command.out()).endsWith("\n") && text(command.out()).contains(" produce demo"));
            final String text = command.text();
            final Matcher ready = READY.matcher(text);
            assertTrue(ready.matches(), text);
            isReady = true;
            return new BrokerChild(command, dataDir, isAfterKill, ready);
        }
        finally
        {
            if (!isReady)
            {
                command.process().destroyForcibly();
            }
        }
    }

    private static String text(final Path file)
    {
        try
        {
            return Files.readString(file);
        }
        catch (final IOException ex)
        {
            throw new UncheckedIOException(ex);
        }
    }

    String uri()
    {
        return uri;
    }

    String endpoint()
    {
        return endpoint;
    }

    boolean isAlive()
    {
        return command.process().isAlive();
    }

    /** What it wrote to standard error. */
    String err()
    {
        return text(command.err());
    }

    int exitCode()
    {
        return command.process().exitValue();
    }

    long pid()
    {
        return command.process().pid();
    }

    Path aeronDirectory()
    {
        return aeronDirectory;
    }

    /** SIGKILL: nothing in the process runs any more; until then it had met no error. */
    void kill()
    {
        end();
        assertNoErrors();
    }

    private void end()
    {
        command.process().destroyForcibly().onExit().join();
    }

    private void assertNoErrors()
    {
        final List<String> errors = new ArrayList<>();
        final MappedByteBuffer mapping = IoUtil.mapExistingFile(dataDir.resolve("errors").toFile(), "error log");
        ErrorLogReader.read(
            new UnsafeBuffer(mapping), (count, first, last, text) -> errors.add(count + " x " + text));
        IoUtil.unmap(mapping);
        assertEquals(List.of(), errors, "in the error log of the broker");
    }

    /** SIGTERM: exits 0 within its deadline of 10 seconds (it exits 6 where that passes), and leaves shared memory. */
    void stop() throws IOException, InterruptedException
    {
        command.process().destroy();
        final Cli.Outcome outcome = command.await();
        if (isAfterKill)
        {
            outcome.assertOkAfterKill();
        }
        else
        {
            outcome.assertOk();
        }
        assertFalse(Files.exists(aeronDirectory));
        assertNoErrors();
    }

    @Override
    public void close()
    {
        if (command.process().isAlive())
        {
            end();
        }
        IoUtil.delete(aeronDirectory.toFile(), true);
    }
}
