package io.epona.loadgen.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/**
 * From which sources this program was built: written into the jar by the build where Git knew.
 *
 * @param version of the project.
 * @param commit  hash, or {@code unknown}.
 * @param dirty   {@code true}, {@code false} or {@code unknown}: whether there were changes that are in no commit.
 * @param aeron   version that it is built with.
 * @param agrona  version that it is built with.
 */
public record BuildInfo(String version, String commit, String dirty, String aeron, String agrona)
{
    private static final String UNKNOWN = "unknown";

    /**
     * @return what the build wrote.
     */
    public static BuildInfo load()
    {
        final Properties properties = new Properties();
        try (InputStream in = BuildInfo.class.getResourceAsStream("/io/epona/loadgen/build.properties"))
        {
            if (null != in)
            {
                properties.load(in);
            }
        }
        catch (final IOException ex)
        {
            throw new UncheckedIOException("the program's jar cannot be read", ex);
        }

        return new BuildInfo(
            properties.getProperty("version", UNKNOWN),
            properties.getProperty("commit", UNKNOWN),
            properties.getProperty("dirty", UNKNOWN),
            properties.getProperty("aeron", UNKNOWN),
            properties.getProperty("agrona", UNKNOWN));
    }
}
