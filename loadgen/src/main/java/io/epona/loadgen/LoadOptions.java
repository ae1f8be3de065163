package io.epona.loadgen;

import picocli.CommandLine.Option;

import java.util.ArrayList;
import java.util.List;

/**
 * What several commands change in a scenario.
 */
final class LoadOptions
{
    @Option(names = "--rate", paramLabel = "RATE", description = "Rate of an open load, such as 200k/s.")
    private String rate;

    @Option(names = "--duration", paramLabel = "TIME", description = "Length of the measured window, such as 20s.")
    private String duration;

    @Option(names = "--set", paramLabel = "PATH=VALUE", description = "Override any key of the scenario.")
    private List<String> settings = new ArrayList<>();

    /**
     * @param driver to use, or null for the scenario's.
     * @return overrides in the order in which they apply.
     */
    List<String> overrides(final String driver)
    {
        final List<String> overrides = new ArrayList<>();
        add(overrides, "driver.use", driver);
        add(overrides, "load.rate", rate);
        add(overrides, "phases.measure", duration);
        overrides.addAll(settings);

        return overrides;
    }

    private static void add(final List<String> overrides, final String path, final String value)
    {
        if (null != value)
        {
            overrides.add(path + "=" + value);
        }
    }
}
