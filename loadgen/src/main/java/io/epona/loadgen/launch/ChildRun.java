package io.epona.loadgen.launch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.epona.loadgen.driver.DriverException;
import io.epona.loadgen.driver.Peers;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Runs in a JVM of their own, each fresh and with the same flags: those that this JVM was started with. What one run
 * compiled, allocated or mapped is not there for the next.
 */
public final class ChildRun implements RunLauncher
{
    private static final long STOP_TIMEOUT_S = 25;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final long timeoutNs;

    /**
     * @param timeoutNs that a run may take before it is stopped and given up.
     */
    public ChildRun(final long timeoutNs)
    {
        this.timeoutNs = timeoutNs;
    }

    /**
     * @return flags of each JVM.
     */
    public static List<String> flags()
    {
        final List<String> flags = new ArrayList<>();
        Peers.OPENS.forEach((name) -> flags.add("--add-opens=" + name + "=ALL-UNNAMED"));
        for (final String flag : ManagementFactory.getRuntimeMXBean().getInputArguments())
        {
            // An agent listens on a port or writes a file: two of them do not go together.
            if (!flags.contains(flag) && !flag.startsWith("-agent") && !flag.startsWith("-javaagent"))
            {
                flags.add(flag);
            }
        }

        return flags;
    }

    @Override
    public JsonNode run(final Path scenario, final Path out) throws IOException, InterruptedException
    {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(flags());
        command.addAll(List.of(
            "-cp",
            System.getProperty("java.class.path"),
            "io.epona.loadgen.LoadgenMain",
            "run",
            scenario.toString(),
            "--json",
            "--out",
            out.toString()));
        final Path answer = Files.createTempFile(out, "run", ".json");
        final Path errors = Files.createTempFile(out, "run", ".log");
        try
        {
            final Process process = new ProcessBuilder(command)
                .redirectInput(new File("/dev/null"))
                .redirectOutput(answer.toFile())
                .redirectError(errors.toFile())
                .start();
            await(process);
            return summary(process.exitValue(), Files.readString(answer), Files.readString(errors));
        }
        finally
        {
            Files.delete(answer);
            Files.delete(errors);
        }
    }

    private void await(final Process process) throws InterruptedException
    {
        // Told to stop, a run ends in order and leaves nothing behind; so does one whose parent is told to.
        final Thread hook = new Thread(() -> stop(process));
        Runtime.getRuntime().addShutdownHook(hook);
        boolean isEnded = false;
        try
        {
            isEnded = process.waitFor(timeoutNs, TimeUnit.NANOSECONDS);
            if (!isEnded)
            {
                throw new DriverException("a run did not end within " + timeoutNs / 1_000_000_000L + " s");
            }
        }
        finally
        {
            if (!isEnded)
            {
                stop(process);
            }
            removeHook(hook);
        }
    }

    private static void removeHook(final Thread hook)
    {
        try
        {
            Runtime.getRuntime().removeShutdownHook(hook);
        }
        catch (final IllegalStateException ex)
        {
            throw new DriverException("stopped while a run was under way", ex);
        }
    }

    private static void stop(final Process process)
    {
        process.destroy();
        try
        {
            if (!process.waitFor(STOP_TIMEOUT_S, TimeUnit.SECONDS))
            {
                process.destroyForcibly();
            }
        }
        catch (final InterruptedException ex)
        {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    private static JsonNode summary(final int exitCode, final String answer, final String errors)
    {
        try
        {
            final JsonNode summary = JSON.readTree(answer);
            if (summary.isObject())
            {
                return summary;
            }
        }
        catch (final JsonProcessingException ex)
        {
            throw new DriverException("a run ended with exit code " + exitCode + " and no summary:\n" + errors, ex);
        }

        throw new DriverException("a run ended with exit code " + exitCode + " and no summary:\n" + errors);
    }
}
