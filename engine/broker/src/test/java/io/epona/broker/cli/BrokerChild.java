package io.epona.broker.cli;

import io.epona.broker.Await;
import org.agrona.IoUtil;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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
    private final String uri;
    private final String endpoint;
    private final Path aeronDirectory;

    private BrokerChild(final Cli.Command command, final Matcher ready)
    {
        this.command = command;
        this.uri = ready.group(1);
        this.endpoint = ready.group(2);
        this.aeronDirectory = Path.of(ready.group(3));
    }

    /** Start a broker and wait for its ready lines. */
    static BrokerChild start(final Cli cli, final Path dataDir) throws IOException
    {
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
            return new BrokerChild(command, ready);
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

    long pid()
    {
        return command.process().pid();
    }

    Path aeronDirectory()
    {
        return aeronDirectory;
    }

    /** SIGKILL: nothing in the process runs any more. */
    void kill()
    {
        command.process().destroyForcibly().onExit().join();
    }

    /** SIGTERM: exits 0 within its deadline of 10 seconds (it exits 6 where that passes), and leaves shared memory. */
    void stop() throws IOException, InterruptedException
    {
        command.process().destroy();
        command.await().assertOk();
        assertFalse(Files.exists(aeronDirectory));
    }

    @Override
    public void close()
    {
        if (command.process().isAlive())
        {
            kill();
        }
        IoUtil.delete(aeronDirectory.toFile(), true);
    }
}
