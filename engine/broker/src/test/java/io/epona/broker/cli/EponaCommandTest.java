package io.epona.broker.cli;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Command lines that never reach a broker.
 */
class EponaCommandTest
{
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @TempDir
    private Path dir;

    private int run(final String... arguments)
    {
        final Terminal terminal = new Terminal(
            new ByteArrayInputStream(new byte[0]),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false,
            () -> true);
        return EponaCommand.run(terminal, arguments);
    }

    private String err()
    {
        return err.toString(StandardCharsets.UTF_8);
    }

    private String out()
    {
        return out.toString(StandardCharsets.UTF_8);
    }

    private void assertRefused(final String expected)
    {
        assertEquals("", out());
        assertEquals(1, err().lines().count(), err());
        assertTrue(err().contains(expected), () -> expected + " is not in: " + err());
    }

    @Test
    void printsUsageWithoutArguments()
    {
        assertEquals(ExitCodes.USAGE, run());
        assertEquals("", out());
        assertTrue(err().startsWith("epona: say which command"), err());
        for (final String command : List.of("Usage: epona", "broker", "topics", "produce", "consume", "cluster", "log"))
        {
            assertTrue(err().contains(command), err());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = { "--help", "broker --help", "topics --help", "topics create --help", "produce --help" })
    void printsHelpToStandardOutput(final String line)
    {
        assertEquals(ExitCodes.OK, run(line.split(" ")));
        assertTrue(out().startsWith("Usage: epona"), out());
        assertEquals("", err());
    }

    @Test
    void printsItsVersion()
    {
        assertEquals(ExitCodes.OK, run("--version"));
        assertTrue(out().matches("epona [0-9]+\\.[0-9]+\\.[0-9]+\\R"), out());
        assertEquals("", err());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "brocker                                      | 'brocker' (see: epona --help)",
        "broker --sett a=b                            | '--sett', 'a=b' (see: epona broker --help)",
        "produce                                      | 'TOPIC' (see: epona produce --help)",
        "produce t --partition x                      | 'x' is not an int",
        "produce t --acks 2                           | --acks takes 0, 1 or all",
        "produce t --record-size 0                    | numbers from 1",
        "produce t --raw f --key-separator ,          | --raw has no lines to cut keys from",
        "produce t --bootstrap nonsense::             | wrong address 'nonsense::'",
        "consume t --from yesterday                   | earliest, latest, an offset, or a time with its zone",
        "consume t --from 2026-03-01T09:30:00         | a time with its zone such as 2026-03-01T09:30:00Z",
        "consume t --max-records 0                    | a number from 1",
        "topics                                       | create, list, describe or delete",
        "topics create                                | 'NAME' (see: epona topics create --help)",
        "cluster                                      | start, status, state, elect-leader or drain",
        "cluster status --zookeeper nonsense          | --zookeeper = nonsense is not accepted: give [USER:PASSWORD@]",
        "cluster status --zookeeper u:secret@h        | --zookeeper = ***@h is not accepted",
        "cluster status --cluster a/b                 | --cluster = a/b is not accepted",
        "cluster status --timeout 0                   | --timeout takes a number of seconds from 1",
        "cluster state brokers                        | 'brokers' is no path: it begins with /",
        "cluster elect-leader --partition 1           | --partition needs --topic",
        "cluster elect-leader --unclean --topic t     | --unclean loses records: say which partition",
        "cluster elect-leader --broker 1              | --broker goes with --unclean",
        "cluster drain                                | 'ID' (see: epona cluster drain --help)",
        "stat --watch 0                               | --watch takes a number of seconds from 1",
        "zookeeper --port 70000                       | --port takes a number from 0 to 65535",
    })
    void namesAWrongArgument(final String line, final String expected)
    {
        assertEquals(ExitCodes.USAGE, run(line.trim().split(" ")));
        assertRefused(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "segmnt.bytes=1m            | did you mean segment.bytes?",
        "profil=shared              | did you mean profile?",
        "unknown=1                  | unknown setting 'unknown'",
        "segment.bytes=1            | takes a power of two from 64k to 1g",
        "shards=0                   | takes a number from 1 to 64",
        "profile=fast               | use shared, balanced or dedicated",
        "listen=127.0.0.1:70000     | listen=70000 is not valid: it takes a number from 0 to",
    })
    void namesAWrongSettingOfTheBroker(final String setting, final String expected)
    {
        assertEquals(ExitCodes.USAGE, run("broker", "--set", "data.dir=" + dir.resolve("data"), "--set", setting));
        assertRefused(expected);
    }

    @Test
    void namesAMissingSettingsFile()
    {
        final Path file = dir.resolve("none.properties");
        assertEquals(ExitCodes.USAGE, run("broker", "--config", file.toString()));
        assertRefused("cannot read " + file);
    }
}
