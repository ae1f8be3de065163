package io.epona.loadgen.scenario;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The scenarios that come with the program, and how a name or a file becomes text.
 */
public final class BundledScenarios
{
    /** Names of those that every driver can run, in the order in which they are listed. */
    public static final List<String> NAMES = List.of("quickstart", "flood-100b", "flood-1k", "latency-100k");
    /** Names of those for the driver {@code cluster} alone. */
    public static final List<String> CLUSTER_NAMES = List.of("cluster-kill");

    /** The load of the chaos rounds, which end it: not to be run by itself, so not listed. */
    public static final String CHAOS = "chaos";

    private BundledScenarios()
    {
    }

    /**
     * @param nameOrFile of a bundled scenario, else of a file.
     * @return its YAML.
     * @throws ScenarioException where there is neither.
     */
    public static String text(final String nameOrFile)
    {
        if (all().contains(nameOrFile) || CHAOS.equals(nameOrFile))
        {
            return bundled(nameOrFile);
        }

        final Path file = Path.of(nameOrFile);
        if (!Files.isRegularFile(file))
        {
            throw new ScenarioException("'" + nameOrFile + "' is neither a file nor a bundled scenario" +
                Section.suggestion(nameOrFile, all()) + "; bundled: " + String.join(", ", all()));
        }

        try
        {
            return Files.readString(file);
        }
        catch (final IOException ex)
        {
            throw new ScenarioException("cannot read " + file + ": " + ex.getMessage(), ex);
        }
    }

    /**
     * @return names of all.
     */
    public static List<String> all()
    {
        return Stream.concat(NAMES.stream(), CLUSTER_NAMES.stream()).toList();
    }

    private static String bundled(final String name)
    {
        final String resource = "/io/epona/loadgen/scenarios/" + name + ".yaml";
        try (InputStream in = BundledScenarios.class.getResourceAsStream(resource))
        {
            if (null == in)
            {
                throw new IllegalStateException("missing from the jar: " + resource);
            }

            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        catch (final IOException ex)
        {
            throw new ScenarioException("cannot read " + resource, ex);
        }
    }
}
