package io.epona.loadgen.launch;

import com.fasterxml.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Makes one run of several.
 */
public interface RunLauncher
{
    /**
     * Run. Blocks until the run has ended.
     *
     * @param scenario file with the whole scenario.
     * @param out      folder in which the run makes its own.
     * @return summary of the run.
     * @throws IOException          where nothing can be written or started.
     * @throws InterruptedException where the caller is interrupted.
     * @throws io.epona.loadgen.driver.DriverException where the run came to no summary.
     */
    JsonNode run(Path scenario, Path out) throws IOException, InterruptedException;
}
