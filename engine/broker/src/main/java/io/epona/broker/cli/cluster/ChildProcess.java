package io.epona.broker.cli.cluster;

import io.epona.broker.cli.CommandException;
import io.epona.broker.cli.EponaMain;
import io.epona.broker.cli.ExitCodes;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A command of this program in a process of its own, with its output in a file. It ends with this process, for its
 * standard input does.
 * <p>
 * Owned by one thread.
 */
final class ChildProcess
{
    private static final int TAIL_LINES = 8;

    private final String name;
    private final Path log;
    private final String readyMarker;
    private final Process process;
    private boolean isEndTold;

    private ChildProcess(final String name, final Path log, final String readyMarker, final Process process)
    {
        this.name = name;
        this.log = log;
        this.readyMarker = readyMarker;
        this.process = process;
    }

    /**
     * Start one.
     *
     * @param name        for people.
     * @param log         for what it writes; the former one is kept as {@code .previous}.
     * @param readyMarker what its line begins with that says that it is ready.
     * @param arguments   of the command.
     * @return the process, which may fail yet.
     */
    static ChildProcess start(
        final String name, final Path log, final String readyMarker, final List<String> arguments)
    {
        final List<String> command = new ArrayList<>(List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--add-opens",
            "java.base/jdk.internal.misc=ALL-UNNAMED",
            "-XX:+PerfDisableSharedMem",
            "-cp",
            System.getProperty("java.class.path"),
            EponaMain.class.getName()));
        command.addAll(arguments);
        try
        {
            Files.createDirectories(log.toAbsolutePath().getParent());
            if (Files.exists(log))
            {
                final Path previous = log.resolveSibling(log.getFileName() + ".previous");
                Files.move(log, previous, StandardCopyOption.REPLACE_EXISTING);
            }
            final Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();

            return new ChildProcess(name, log, readyMarker, process);
        }
        catch (final IOException ex)
        {
            throw new CommandException(
                ExitCodes.INFRASTRUCTURE, "cannot start " + name + " with its output in " + log + ": " + ex);
        }
    }

    String name()
    {
        return name;
    }

    Path log()
    {
        return log;
    }

    long pid()
    {
        return process.pid();
    }

    boolean isAlive()
    {
        return process.isAlive();
    }

    int exitCode()
    {
        return process.exitValue();
    }

    /**
     * @return what stands behind the ready marker, or null where it is not ready yet.
     */
    String ready()
    {
        // A line counts once it is whole.
        final String text = text();
        final int begin = text.startsWith(readyMarker) ? 0 : text.indexOf('\n' + readyMarker) + 1;
        final int end = text.indexOf('\n', begin);
        return text.startsWith(readyMarker, begin) && end > 0 ?
            text.substring(begin + readyMarker.length(), end).trim() : null;
    }

    /**
     * @return the last lines that it wrote, indented.
     */
    String tail()
    {
        final List<String> lines = text().lines().toList();
        final StringBuilder tail = new StringBuilder();
        lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size())
            .forEach((line) -> tail.append("\n  ").append(line));
        return tail.toString();
    }

    private String text()
    {
        try
        {
            return new String(Files.readAllBytes(log), StandardCharsets.UTF_8);
        }
        catch (final IOException ex)
        {
            throw new CommandException(ExitCodes.INFRASTRUCTURE, "cannot read " + log + ": " + ex);
        }
    }

    /**
     * @return how it ended, for people; once, and null before and after.
     */
    String takeEnd()
    {
        if (isEndTold || process.isAlive())
        {
            return null;
        }
        isEndTold = true;
        final int code = process.exitValue();
        final int signal = code - 128;
        return name + " (pid " + process.pid() + ") ended with exit code " + code +
            (signal > 0 && signal < 65 ? " (signal " + signal + ")" : "") + "; its output is in " + log;
    }

    /** What it would see where this process was gone. */
    void closeInput()
    {
        try
        {
            process.getOutputStream().close();
        }
        catch (final IOException ex)
        {
            throw new CommandException(ExitCodes.INFRASTRUCTURE, "cannot close the input of " + name + ": " + ex);
        }
    }

    /** Ask it to end in good order. */
    void stop()
    {
        process.destroy();
    }

    /**
     * Wait for its end; kill it where that does not come.
     *
     * @param deadlineMs to wait.
     * @return whether it ended by itself.
     */
    boolean awaitEnd(final long deadlineMs)
    {
        boolean isEnded = false;
        try
        {
            isEnded = process.waitFor(deadlineMs, TimeUnit.MILLISECONDS);
        }
        catch (final InterruptedException ex)
        {
            Thread.currentThread().interrupt();
        }
        if (!isEnded)
        {
            process.destroyForcibly().onExit().join();
        }
        isEndTold = true;

        return isEnded;
    }
}
