// Shows a form as ODK does, and keeps what it sends.
import { OdkWebForm, webFormsPlugin } from "@getodk/web-forms";
import { createApp, h } from "vue";

window.showForm = (formXml) => {
  window.sent = null;
  const form = () => h(OdkWebForm, {
    formXml,
    fetchFormAttachment: () => Promise.reject(new Error("The form has no attachments.")),
    missingResourceBehavior: "BLANK",
    onSubmit: async (payload) => { window.sent = await payload.data[0].get("xml_submission_file").text(); },
  });
  createApp({ render: form }).use(webFormsPlugin).mount("#form");
};
