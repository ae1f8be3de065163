package io.epona.broker.cli;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Runs commands as the processes that people start. What they write goes to files, so that none waits for a reader.
 */
final class Cli
{
    private static final int DEADLINE_S = 120;

    private final Path directory;
    private int count;

    /**
     * @param directory for what the commands write.
     */
    Cli(final Path directory)
    {
        this.directory = directory;
    }

    /** A command that was started. */
    record Command(Process process, Path out, Path err)
    {
        String text() throws IOException
        {
            return Files.readString(out);
        }

        /** Wait for the end; whoever does not end is killed. */
        Outcome await() throws IOException, InterruptedException
        {
            final boolean isEnded = process.waitFor(DEADLINE_S, TimeUnit.SECONDS);
            if (!isEnded)
            {
                process.destroyForcibly().waitFor();
            }
            assertTrue(isEnded, "did not end: " + process.info().commandLine());
            return new Outcome(process.exitValue(), out, Files.readString(err, StandardCharsets.UTF_8));
        }
    }

    /** How a command ended. */
    record Outcome(int exitCode, Path out, String err)
    {
        Outcome assertOk() throws IOException
        {
            assertEquals("", err);
            assertEquals(ExitCodes.OK, exitCode);
            return this;
        }

        /** It ended well, and spoke of nothing but the torn tails that a kill had left and recovery cut off. */
        void assertOkAfterKill()
        {
            final String[] lines = err.isEmpty() ? new String[0] : err.split("\n");
            for (int i = 0; i < lines.length; i += 2)
            {
                // The logging of the JDK writes a line with time and place before each message.
                assertTrue(
                    i + 1 < lines.length && lines[i + 1].startsWith("WARNING: recovery cut "), () -> err);
            }
            assertEquals(ExitCodes.OK, exitCode);
        }

        /** It failed, wrote nothing to standard output, and one line that says all of the parts to standard error. */
        void assertRefused(final int expectedCode, final String... parts) throws IOException
        {
            assertEquals(expectedCode, exitCode, err);
            assertEquals(0, Files.size(out), () -> "written to standard output: " + out);
            assertEquals(1, err.lines().count(), err);
            for (final String part : parts)
            {
                assertTrue(err.contains(part), () -> part + " is not in: " + err);
            }
        }
    }

    Command start(final Path in, final String... arguments) throws IOException
    {
        final List<String> command = new ArrayList<>(List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--add-opens",
            "java.base/jdk.internal.misc=ALL-UNNAMED",
            // Short-lived: compiling less starts sooner.
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-XX:+PerfDisableSharedMem",
            "-Djava.net.preferIPv4Stack=true",
            "-cp",
            System.getProperty("java.class.path"),
            EponaMain.class.getName()));
        command.addAll(List.of(arguments));
        final int number = count++;
        final Path out = directory.resolve("command" + number + ".out");
        final Path err = directory.resolve("command" + number + ".err");
        final Process process = new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectInput(null == in ? new File("/dev/null") : in.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
        return new Command(process, out, err);
    }

    Outcome run(final Path in, final String... arguments) throws IOException, InterruptedException
    {
        return start(in, arguments).await();
    }
}
