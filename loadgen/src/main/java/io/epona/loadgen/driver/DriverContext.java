package io.epona.loadgen.driver;

import io.epona.loadgen.scenario.Scenario;

import java.nio.file.Path;

/**
 * What a driver is given.
 *
 * @param scenario resolved.
 * @param workDir  on disk, for data and for the output of child processes; exists, and is removed by its owner.
 */
public record DriverContext(Scenario scenario, Path workDir)
{
}
