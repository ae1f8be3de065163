package io.epona.broker.cli;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The commands as people run them: processes over UDP, judged by exit codes, by what they write and what they leave.
 */
class CliTest
{
    private static final String[] WORDS =
        { "", "a", "order 17 of 23", "trailing space ", "\ttab", "carriage return\r", "Zürich, 東京, \uD83D\uDE80" };

    @TempDir
    private Path dir;

    private Path data()
    {
        return dir.resolve("data");
    }

    /** Lines of every kind: empty, with a carriage return, of many bytes a character, now and then long. */
    private Path textFile(final int lineCount) throws IOException
    {
        final Path file = dir.resolve("in.txt");
        final Random random = new Random(lineCount);
        final char[] filler = new char[5000];
        Arrays.fill(filler, '#');
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file)))
        {
            for (int i = 0; i < lineCount; i++)
            {
                final String word = WORDS[random.nextInt(WORDS.length)];
                final String line = 0 == i % 1000 ?
                    i + " " + new String(filler, 0, random.nextInt(filler.length)) : word.isEmpty() ? word : i + word;
                out.write(line.getBytes(StandardCharsets.UTF_8));
                out.write('\n');
            }
        }
        return file;
    }

    private void assertConsumes(final Cli cli, final BrokerChild broker, final Path expected) throws Exception
    {
        final Cli.Outcome outcome = cli.run(
            null, "consume", "lines", "--from", "earliest", "--exit-at-end", "--bootstrap", broker.endpoint());
        outcome.assertOk();
        assertEquals(-1, Files.mismatch(expected, outcome.out()), "first byte that differs");
    }

    private void roundTrip(final int lineCount) throws Exception
    {
        final Cli cli = new Cli(dir);
        final Path text = textFile(lineCount);
        try (BrokerChild broker = BrokerChild.start(cli, data()))
        {
            final Cli.Outcome created = cli.run(null, "topics", "create", "lines", "--bootstrap", broker.endpoint());
            assertEquals("created lines with 1 partition\n", Files.readString(created.assertOk().out()));
            final Cli.Outcome produced = cli.run(text, "produce", "lines", "--bootstrap", broker.endpoint());
            assertEquals("", Files.readString(produced.assertOk().out()));
            final Cli.Outcome consumed = cli.run(
                null, "consume", "lines", "--from", "2020-01-01T00:00+01:00", "--max-records", "1", "--bootstrap",
                broker.endpoint());
            try (BufferedReader lines = Files.newBufferedReader(text))
            {
                assertEquals(lines.readLine() + "\n", Files.readString(consumed.assertOk().out()));
            }
            broker.kill();
            assertTrue(Files.exists(broker.aeronDirectory()), "a killed broker deletes nothing");
            assertFalse(Files.exists(data().resolve("clean")));

            try (BrokerChild second = BrokerChild.start(cli, data()))
            {
                assertEquals(broker.aeronDirectory(), second.aeronDirectory());
                assertConsumes(cli, second, text);
                second.stop();
                assertTrue(Files.exists(data().resolve("clean")));
            }
        }
        try (BrokerChild third = BrokerChild.start(cli, data()))
        {
            assertConsumes(cli, third, text);
            third.stop();
        }
    }

    @Test
    void keepsEveryByteOverKillAndCleanStop() throws Exception
    {
        roundTrip(50_000);
    }

    @Test
    @Tag("slow")
    void keepsEveryByteOfAMillionLines() throws Exception
    {
        roundTrip(1_000_000);
    }

    @Test
    void stopsInOrderOnSigterm() throws Exception
    {
        final Cli cli = new Cli(dir);
        try (BrokerChild broker = BrokerChild.start(cli, data()))
        {
            assertTrue(Files.isDirectory(broker.aeronDirectory()));
            assertTrue(Files.readString(data().resolve("uris")).contains(broker.uri()));
            broker.stop();
        }
        assertTrue(Files.exists(data().resolve("clean")));
        assertFalse(Files.exists(data().resolve("uris")));
    }

    @Test
    void refusesInOneLine() throws Exception
    {
        final Cli cli = new Cli(dir);
        final Path tooLong = dir.resolve("long.txt");
        final byte[] line = new byte[2 * 1024 * 1024 + 2];
        Arrays.fill(line, (byte)'x');
        System.arraycopy("short\n".getBytes(StandardCharsets.US_ASCII), 0, line, 0, 6);
        line[line.length - 1] = '\n';
        Files.write(tooLong, line);
        try (BrokerChild broker = BrokerChild.start(cli, data()))
        {
            final String endpoint = broker.endpoint();
            cli.run(tooLong, "produce", "nowhere", "--bootstrap", endpoint)
                .assertRefused(ExitCodes.USAGE, "epona produce: ", "UNKNOWN_TOPIC", "nowhere");
            cli.run(null, "consume", "nowhere", "--bootstrap", endpoint)
                .assertRefused(ExitCodes.USAGE, "epona consume: ", "UNKNOWN_TOPIC", "nowhere");
            cli.run(null, "topics", "delete", "nowhere", "--bootstrap", endpoint)
                .assertRefused(ExitCodes.USAGE, "epona topics delete: ", "UNKNOWN_TOPIC", "nowhere");

            cli.run(null, "topics", "create", "lines", "--bootstrap", endpoint).assertOk();
            cli.run(tooLong, "produce", "lines", "--bootstrap", endpoint)
                .assertRefused(ExitCodes.USAGE, "epona produce: ", "line 2 is too long");
            final Cli.Outcome before = cli.run(
                null, "consume", "lines", "--from", "earliest", "--exit-at-end", "--bootstrap", endpoint);
            assertEquals("short\n", Files.readString(before.assertOk().out()));

            cli.run(null, "broker", "--set", "data.dir=" + data(), "--set", "listen=127.0.0.1:0").assertRefused(
                ExitCodes.INFRASTRUCTURE, "epona broker: ", data().toString(), "in use by process " + broker.pid());
            broker.stop();
        }
    }

    @Test
    void saysThatNoBrokerIsThere() throws Exception
    {
        final Cli cli = new Cli(dir);
        try (DatagramChannel deaf = DatagramChannel.open())
        {
            deaf.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0));
            final String endpoint = "127.0.0.1:" + ((InetSocketAddress)deaf.getLocalAddress()).getPort();
            cli.run(null, "produce", "lines", "--bootstrap", endpoint)
                .assertRefused(ExitCodes.INFRASTRUCTURE, "epona produce: ", endpoint, "is it running?");
        }
        cli.run(null, "consume", "lines", "--bootstrap", "ipc", "--data-dir", data().toString())
            .assertRefused(ExitCodes.INFRASTRUCTURE, "epona consume: ", "no broker runs on " + data());
    }
}
