package io.epona.loadgen.driver;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Runs the small programs of the operating system that faults are made with. Blocks until they end. Any thread.
 */
final class Shell
{
    private static final long TIMEOUT_S = 10;

    private Shell()
    {
    }

    /**
     * @param command and its arguments.
     * @return what it wrote, errors included.
     * @throws DriverException where it cannot be run or does not end with 0.
     */
    static String run(final String... command)
    {
        return run(List.of(command));
    }

    /**
     * @param command and its arguments.
     * @return what it wrote, errors included.
     * @throws DriverException where it cannot be run or does not end with 0.
     */
    static String run(final List<String> command)
    {
        final String shown = String.join(" ", command);
        try
        {
            final Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            final String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
            if (!process.waitFor(TIMEOUT_S, TimeUnit.SECONDS) || 0 != process.exitValue())
            {
                process.destroyForcibly();
                throw new DriverException("'" + shown + "' failed: " + output);
            }

            return output;
        }
        catch (final IOException ex)
        {
            throw new DriverException("'" + shown + "' cannot be run: " + ex.getMessage(), ex);
        }
        catch (final InterruptedException ex)
        {
            Thread.currentThread().interrupt();
            throw new DriverException("interrupted while '" + shown + "' ran", ex);
        }
    }
}
