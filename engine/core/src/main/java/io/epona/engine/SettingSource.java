package io.epona.engine;

import io.epona.codecs.ResultCode;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Properties;
import java.util.TreeSet;

/**
 * Where a setting that no setter was called for gets its value from: defaults, then the properties file over them, then
 * the system properties {@code epona.*} over both. Used once, by the thread that concludes a context.
 */
final class SettingSource
{
    /** System property that names the properties file. */
    static final String CONFIG_PROPERTY = "epona.config";
    /** System properties of the client library, which may run in the same JVM: none of them is a setting of this. */
    private static final String CLIENT_PREFIX = Setting.PROPERTY_PREFIX + "client.";

    private final Properties file;
    private final Properties system;
    private final String fileOrigin;

    /**
     * @param configFile properties file, or null for the one that the system property names, if any.
     * @param given      properties that count as the file's, over them; or null.
     * @param system     system properties.
     * @param foreign    names, without prefix, that others who share the file and the system properties know.
     */
    SettingSource(
        final Path configFile, final Properties given, final Properties system, final Collection<String> foreign)
    {
        this.system = system;
        file = new Properties();

        final String named = system.getProperty(CONFIG_PROPERTY);
        final Path path = null != configFile ? configFile : null != named ? Path.of(named) : null;
        fileOrigin = null != path ? "file " + path : "properties";
        if (null != path)
        {
            load(path);
        }
        if (null != given)
        {
            for (final String name : given.stringPropertyNames())
            {
                file.setProperty(name, given.getProperty(name));
            }
        }

        final List<String> known = new ArrayList<>(Setting.names());
        known.addAll(foreign);
        known.add(CONFIG_PROPERTY.substring(Setting.PROPERTY_PREFIX.length()));
        refuseUnknown(known);
    }

    String value(final Setting setting)
    {
        final String property = system.getProperty(setting.propertyName());
        if (null != property)
        {
            return property;
        }

        return file.getProperty(setting.settingName(), setting.defaultValue());
    }

    String origin(final Setting setting)
    {
        if (null != system.getProperty(setting.propertyName()))
        {
            return "system property " + setting.propertyName();
        }

        return null != file.getProperty(setting.settingName()) ? fileOrigin : "default";
    }

    long number(final Setting setting)
    {
        return setting.number(value(setting), origin(setting));
    }

    private void load(final Path path)
    {
        try (Reader reader = Files.newBufferedReader(path, StandardCharsets.UTF_8))
        {
            file.load(reader);
        }
        catch (final IOException | IllegalArgumentException ex)
        {
            throw new EngineException(
                ResultCode.INVALID_CONFIG,
                "the properties file " + path + " cannot be read (" + ex + "): correct its path or its contents",
                ex);
        }
    }

    private void refuseUnknown(final List<String> known)
    {
        for (final String name : new TreeSet<>(file.stringPropertyNames()))
        {
            if (!known.contains(name))
            {
                throw unknown("setting '" + name + "' (" + fileOrigin + ")", Setting.nearest(name, known));
            }
        }

        for (final String property : new TreeSet<>(system.stringPropertyNames()))
        {
            if (property.startsWith(Setting.PROPERTY_PREFIX) && !property.startsWith(CLIENT_PREFIX))
            {
                final String name = property.substring(Setting.PROPERTY_PREFIX.length());
                if (!known.contains(name))
                {
                    throw unknown(
                        "system property '" + property + "'",
                        Setting.PROPERTY_PREFIX + Setting.nearest(name, known));
                }
            }
        }
    }

    private static EngineException unknown(final String what, final String nearest)
    {
        return new EngineException(
            ResultCode.INVALID_CONFIG, "unknown " + what + ": did you mean " + nearest + "?");
    }
}
