package io.epona.loadgen.report;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.RuntimeMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * {@code env.json}: the machine, the JVM and its flags, file systems, versions. What a system does not tell is
 * {@code unknown}, never guessed.
 */
public final class EnvInfo
{
    private static final String UNKNOWN = "unknown";

    private EnvInfo()
    {
    }

    /**
     * @param dataDir  on which the run writes; exists.
     * @param settings of the driver.
     * @return the environment.
     */
    public static ObjectNode collect(final Path dataDir, final Map<String, String> settings)
    {
        final ObjectNode env = JsonNodeFactory.instance.objectNode();
        final ObjectNode machine = env.putObject("machine");
        machine.put("cpu", cpu());
        machine.put("processors", Runtime.getRuntime().availableProcessors());
        machine.put("memory", lineOf("/proc/meminfo", "MemTotal:"));
        machine.put("os", System.getProperty("os.name"));
        machine.put("kernel", System.getProperty("os.version"));
        machine.put("arch", System.getProperty("os.arch"));
        machine.put("clocksource", firstLine("/sys/devices/system/clocksource/clocksource0/current_clocksource"));

        final RuntimeMXBean runtime = ManagementFactory.getRuntimeMXBean();
        final ObjectNode jvm = env.putObject("jvm");
        jvm.put("name", runtime.getVmName());
        jvm.put("vendor", runtime.getVmVendor());
        jvm.put("version", System.getProperty("java.runtime.version"));
        final var flags = jvm.putArray("flags");
        runtime.getInputArguments().forEach(flags::add);
        final var collectors = jvm.putArray("collectors");
        ManagementFactory.getGarbageCollectorMXBeans().forEach((bean) -> collectors.add(bean.getName()));
        jvm.put("maxHeapBytes", Runtime.getRuntime().maxMemory());

        final ObjectNode files = env.putObject("filesystem");
        files.put("data", fileSystem(dataDir));
        files.put("shm", fileSystem(Path.of("/dev/shm")));
        files.put("rmemMax", firstLine("/proc/sys/net/core/rmem_max"));
        files.put("wmemMax", firstLine("/proc/sys/net/core/wmem_max"));

        final ObjectNode versions = env.putObject("versions");
        final BuildInfo build = BuildInfo.load();
        versions.put("epona", build.version());
        versions.put("commit", build.commit());
        versions.put("dirty", build.dirty());
        versions.put("aeron", build.aeron());
        versions.put("agrona", build.agrona());

        final ObjectNode driver = env.putObject("driver");
        settings.forEach(driver::put);

        return env;
    }

    private static String cpu()
    {
        final String line = lineOf("/proc/cpuinfo", "model name");
        return line.startsWith(":") ? line.substring(1).trim() : line;
    }

    private static String fileSystem(final Path dir)
    {
        try
        {
            return Files.getFileStore(dir).type();
        }
        catch (final IOException ex)
        {
            return UNKNOWN;
        }
    }

    private static String firstLine(final String file)
    {
        return lineOf(file, "");
    }

    private static String lineOf(final String file, final String prefix)
    {
        try
        {
            final List<String> lines = Files.readAllLines(Path.of(file));
            for (final String line : lines)
            {
                if (line.startsWith(prefix))
                {
                    return line.substring(prefix.length()).trim();
                }
            }

            return UNKNOWN;
        }
        catch (final IOException ex)
        {
            return UNKNOWN;
        }
    }
}
