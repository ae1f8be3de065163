package io.epona.broker.cli.cluster;

import io.epona.broker.Await;
import io.epona.broker.cli.CommandException;
import io.epona.broker.cli.EponaCommands;
import io.epona.broker.cli.ExitCodes;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The processes of a cluster: how they start, end, and what is told of it.
 */
class StartCommandTest
{
    private static final long STOP_MS = 60_000;

    @TempDir
    private Path dir;
    private final List<ChildProcess> children = new ArrayList<>();
    private final EponaCommands commands = new EponaCommands();

    @AfterEach
    void stop()
    {
        children.forEach((child) ->
        {
            child.stop();
            child.awaitEnd(STOP_MS);
        });
    }

    private ChildProcess zooKeeper(final String port)
    {
        final ChildProcess child = ChildProcess.start(
            "ZooKeeper", dir.resolve("zookeeper.out"), "ZooKeeper is ready: ",
            List.of("zookeeper", "--with-parent", "--dir", dir.resolve("zookeeper").toString(), "--port", port));
        children.add(child);
        return child;
    }

    private static String awaitReady(final ChildProcess child)
    {
        Await.until(
            "a child that is ready", () -> assertTrue(child.isAlive(), child::tail), () -> null != child.ready());
        return child.ready();
    }

    @Test
    void startsAZooKeeperThatStopsInOrder()
    {
        final ChildProcess child = zooKeeper("0");
        assertTrue(awaitReady(child).matches("127\\.0\\.0\\.1:\\d+"), child::tail);
        assertNull(child.takeEnd());
        child.stop();
        assertTrue(child.awaitEnd(STOP_MS));
        assertEquals(ExitCodes.OK, child.exitCode());
        assertEquals("\n  ZooKeeper is ready: " + child.ready(), child.tail());

        // The same data, another process; what the first one wrote is kept.
        awaitReady(zooKeeper("0"));
        assertTrue(Files.exists(dir.resolve("zookeeper.out.previous")));
    }

    @Test
    void tellsTheDeathOfAChildOnce()
    {
        final ChildProcess child = zooKeeper("0");
        awaitReady(child);
        ProcessHandle.of(child.pid()).orElseThrow().destroyForcibly();
        Await.until("its end", () -> {}, () -> !child.isAlive());
        assertEquals(
            "ZooKeeper (pid " + child.pid() + ") ended with exit code 137 (signal 9); its output is in " +
            dir.resolve("zookeeper.out"),
            child.takeEnd());
        assertNull(child.takeEnd());
    }

    @Test
    void leavesInterruptsToItsParentAndEndsWithIt() throws Exception
    {
        final ChildProcess child = zooKeeper("0");
        awaitReady(child);
        // SIGHUP is the lowest bit, SIGINT the next one.
        final String ignored = Files.readAllLines(Path.of("/proc", Long.toString(child.pid()), "status")).stream()
            .filter((line) -> line.startsWith("SigIgn:")).findFirst().orElseThrow();
        assertEquals(3, Long.parseUnsignedLong(ignored.substring("SigIgn:".length()).trim(), 16) & 3, ignored);
        child.closeInput();
        assertTrue(child.awaitEnd(STOP_MS));
        assertEquals(ExitCodes.OK, child.exitCode());
    }

    @Test
    void saysWhyAProcessDidNotStart()
    {
        final ChildProcess first = zooKeeper("0");
        final String address = awaitReady(first);
        final int code = commands.run(
            "cluster", "start", "--dir", dir.resolve("other").toString(), "--port", "0",
            "--zookeeper-port", address.substring(address.indexOf(':') + 1));
        assertEquals(ExitCodes.INFRASTRUCTURE, code);
        assertTrue(
            commands.err().contains("ZooKeeper did not start; it wrote:") &&
            commands.err().contains("ZooKeeper cannot listen on " + address), commands.err());
        assertEquals("", commands.out());
    }

    @Test
    void stopsEverythingWhereABrokerDoesNotStart() throws Exception
    {
        final int code = commands.run(
            "cluster", "start", "--brokers", "1", "--dir", dir.toString(), "--port", "0", "--zookeeper-port", "0",
            "--set", "segmnt.bytes=1m");
        assertEquals(ExitCodes.USAGE, code, commands.err());
        assertTrue(
            commands.err().contains("broker 1 did not start; it wrote:") &&
            commands.err().contains("did you mean segment.bytes?"), commands.err());
        final String zooKeeper = Files.readString(dir.resolve("zookeeper.out"));
        assertTrue(commands.out().startsWith("ZooKeeper  127.0.0.1:"), commands.out());
        final long pid = Long.parseLong(commands.out().replaceAll("(?s).* pid (\\d+).*", "$1"));
        assertTrue(ProcessHandle.of(pid).isEmpty(), zooKeeper);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "--brokers 0                            | --brokers takes a number from 1 to 64",
        "--port 65530                           | --port takes 0, or a number from 1 to 65506",
        "--port -1                              | --port takes 0, or a number from 1 to",
        "--zookeeper-port 70000                 | --zookeeper-port takes a number from 0 to 65535",
        "--zookeeper-port 9100                  | lies among the ports of the brokers, 9092 to 9121: choose another",
        "--set broker.id=7                      | --set broker.id is not for all brokers: use --zookeeper, --brokers",
        "--brokers three                        | 'three' is not an int",
    })
    void namesAWrongArgument(final String line, final String expected)
    {
        final List<String> arguments = new ArrayList<>(List.of("cluster", "start", "--dir", dir.toString()));
        arguments.addAll(List.of(line.trim().split(" ")));
        assertEquals(ExitCodes.USAGE, commands.run(arguments.toArray(String[]::new)));
        assertTrue(commands.err().contains(expected), commands.err());
        assertEquals("", commands.out());
    }

    @Test
    void namesAnOutputThatCannotBeWritten() throws Exception
    {
        final Path file = Files.createFile(dir.resolve("file"));
        final CommandException ex = assertThrows(
            CommandException.class,
            () -> ChildProcess.start("x", file.resolve("x.out"), "ready", List.of("--version")));
        assertEquals(ExitCodes.INFRASTRUCTURE, ex.exitCode());
    }
}
